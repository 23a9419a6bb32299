"""The simulated model's answer to a request, before anything goes wrong with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.chat_request import ChatRequest
from stream_service.devkit.llm_simulator.drafts import draft_reply
from stream_service.devkit.llm_simulator.known_fields import DEFAULT_FIELDS, known_value
from stream_service.devkit.llm_simulator.prompt_shape import asks_for_json, shape_in_prompt
from stream_service.devkit.llm_simulator.reading import CueReading, read_text
from stream_service.devkit.llm_simulator.schema_filling import fill_schema


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says, and how it came to it."""

    content: str
    reading: CueReading


def answer_request(request: ChatRequest, behaviour: Behaviour) -> Answer:
    """An instance of the request's schema, or of the form that its prompt shows; a reply in plain
    words where nothing asks for JSON."""
    reading = read_text(request.text, certainty=behaviour.certainty)
    schema = request.schema or shape_in_prompt(request.prefix)
    if schema is not None:
        return Answer(_json(fill_schema(schema, reading, behaviour.overrides)), reading)
    if request.response_format == "text" and not asks_for_json(request.prefix):
        return Answer(draft_reply(reading), reading)
    fields: Mapping[str, Any] = {name: known_value(name, reading) for name in DEFAULT_FIELDS}
    return Answer(_json({**fields, **behaviour.overrides}), reading)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
