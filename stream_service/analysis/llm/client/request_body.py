"""The request as it goes over the wire."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from stream_service.analysis.llm.question import Message
from stream_service.contracts.codec import encode_json


def request_body(
    model: str,
    fixed: tuple[Message, ...],
    messages: Sequence[Message],
    parameters: Mapping[str, Any],
) -> bytes:
    """Return the JSON of a request.

    ``fixed``, nine tenths of it and the same for every event, is written once and copied.
    """
    written = [*_written(fixed), *map(_message, messages)]
    return encode_json({"model": model, "messages": written, **parameters})


def _message(message: Message) -> dict[str, str]:
    role, text = message
    return {"role": role, "content": text}


@lru_cache(maxsize=8)
def _written(fixed: tuple[Message, ...]) -> tuple[orjson.Fragment, ...]:
    """An analyst has two such parts, and new ones when its playbook changes."""
    return tuple(orjson.Fragment(orjson.dumps(_message(message))) for message in fixed)
