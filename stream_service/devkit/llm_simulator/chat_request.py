"""A chat completion request, as the simulator reads it."""

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import orjson

from stream_service.devkit.llm_simulator.behaviour import (
    Behaviour,
    LogprobSupport,
    StructuredOutput,
)
from stream_service.devkit.llm_simulator.refusals import (
    RequestRefused,
    bad_key,
    context_length,
    invalid,
    response_format,
    unknown_model,
)
from stream_service.devkit.llm_simulator.tokens import count_tokens

MOST_LOGPROBS = 20
"""The interface's own limit for ``top_logprobs``."""

MOST_BRACES = 50
"""How many places of a message are tried as the beginning of its JSON data."""

_FORMATS: dict[StructuredOutput, frozenset[str]] = {
    StructuredOutput.JSON_SCHEMA: frozenset({"text", "json_object", "json_schema"}),
    StructuredOutput.JSON_OBJECT: frozenset({"text", "json_object"}),
    StructuredOutput.NONE: frozenset({"text"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What a request asks for."""

    model: str
    prefix: str
    """The contents of all messages before the last one of the user's."""
    text: str
    """The customer's text: the property ``text`` of a JSON object in the last user message, else
    that message as it is."""
    response_format: str
    """``text``, ``json_object`` or ``json_schema``."""
    schema: dict[str, Any] | None
    top_logprobs: int | None
    """None: no log-probabilities are asked for."""
    most_tokens: int | None
    """The cap on the answer's tokens that the endpoint obeys."""
    prefix_tokens: int
    prompt_tokens: int


def read_request(body: bytes, authorization: str | None, behaviour: Behaviour) -> ChatRequest:
    """Read a body; raises RequestRefused where a real endpoint would refuse it."""
    if behaviour.api_key is not None and authorization != f"Bearer {behaviour.api_key}":
        raise RequestRefused(bad_key())
    given = _object(body)
    model = given.get("model")
    if not isinstance(model, str) or not model:
        raise RequestRefused(invalid("model", "you must provide a model"))
    if behaviour.models and model not in behaviour.models:
        raise RequestRefused(unknown_model(model))
    if given.get("stream"):
        raise RequestRefused(invalid("stream", "the simulator does not stream"))
    contents = _contents(given.get("messages"))
    last = max((n for n, (role, _) in enumerate(contents) if role == "user"), default=-1)
    prefix = "\n".join(text for _, text in contents[:last]) if last >= 0 else ""
    kind, schema = _format(given, behaviour, contents)
    prefix_tokens = count_tokens(prefix) if prefix else 0
    prompt_tokens = prefix_tokens + sum(count_tokens(text) for _, text in contents[max(0, last) :])
    if behaviour.context_tokens is not None and prompt_tokens > behaviour.context_tokens:
        raise RequestRefused(context_length(prompt_tokens, behaviour.context_tokens))
    return ChatRequest(
        model=model,
        prefix=prefix,
        text=customer_text([text for role, text in contents if role == "user"]),
        response_format=kind,
        schema=schema,
        top_logprobs=_top_logprobs(given, behaviour),
        most_tokens=_cap(given, behaviour),
        prefix_tokens=prefix_tokens,
        prompt_tokens=prompt_tokens,
    )


def customer_text(user_messages: list[str]) -> str:
    """The text to judge: JSON data of the newest user message that has any, else the last one.

    A client that asks for a repair adds messages of its own after the one with the data.
    """
    for message in reversed(user_messages):
        for brace in islice(re.finditer(r"\{", message), MOST_BRACES):
            found = _data(message, brace.start())
            if found is not None:
                return found
    return user_messages[-1] if user_messages else ""


def _data(message: str, start: int) -> str | None:
    try:
        value, _ = _DECODER.raw_decode(message, start)
    except (ValueError, RecursionError):
        return None
    text = cast("dict[str, Any]", value).get("text") if isinstance(value, dict) else None
    return text if isinstance(text, str) else None


_DECODER = json.JSONDecoder()


def _object(body: bytes) -> dict[str, Any]:
    try:
        given: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise RequestRefused(invalid(None, "the body is not a JSON object"))
    return cast("dict[str, Any]", given)


def _contents(messages: Any) -> list[tuple[str, str]]:
    if not isinstance(messages, list) or not messages:
        raise RequestRefused(invalid("messages", "messages must be a list of one or more"))
    return [_role_and_text(message) for message in cast("list[Any]", messages)]


def _role_and_text(message: Any) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise RequestRefused(invalid("messages", "a message must be an object"))
    given = cast("dict[str, Any]", message)
    content = given.get("content") or ""
    if isinstance(content, list):
        parts = cast("list[dict[str, Any]]", content)
        content = "".join(str(part.get("text", "")) for part in parts)
    return str(given.get("role")), str(content)


def _format(
    given: dict[str, Any], behaviour: Behaviour, contents: list[tuple[str, str]]
) -> tuple[str, dict[str, Any] | None]:
    wished = _part(given, "response_format") or {"type": "text"}
    kind = wished.get("type")
    if kind not in _FORMATS[StructuredOutput.JSON_SCHEMA]:
        raise RequestRefused(invalid("response_format", f"unknown response_format: {kind!r}"))
    if kind not in _FORMATS[behaviour.structured_output]:
        raise RequestRefused(response_format(kind))
    if kind == "json_object" and not any("json" in text.lower() for _, text in contents):
        # The interface's own rule, for without it models answer with endless whitespace.
        message = "'messages' must contain the word 'json' to use 'json_object'"
        raise RequestRefused(invalid("messages", message))
    if kind != "json_schema":
        return kind, None
    schema = _part(_part(wished, "json_schema"), "schema")
    if not schema:
        param = "response_format.json_schema.schema"
        raise RequestRefused(invalid(param, "the schema must be an object"))
    return kind, schema


def _part(given: dict[str, Any], name: str) -> dict[str, Any]:
    part = given.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _top_logprobs(given: dict[str, Any], behaviour: Behaviour) -> int | None:
    top = given.get("top_logprobs")
    if not given.get("logprobs"):
        if top is not None:
            raise RequestRefused(invalid("top_logprobs", "top_logprobs needs logprobs: true"))
        return None
    if behaviour.logprobs is LogprobSupport.REFUSED:
        raise RequestRefused(invalid("logprobs", "logprobs are not supported with this model"))
    if top is not None and (not isinstance(top, int) or not 0 <= top <= MOST_LOGPROBS):
        message = f"top_logprobs must be 0 to {MOST_LOGPROBS}"
        raise RequestRefused(invalid("top_logprobs", message))
    return None if behaviour.logprobs is LogprobSupport.IGNORED else top or 0


def _cap(given: dict[str, Any], behaviour: Behaviour) -> int | None:
    obeyed = ["max_tokens"]
    if behaviour.obeys_completion_cap:
        obeyed.append("max_completion_tokens")
    caps: list[int] = []
    for name in obeyed:
        cap = given.get(name)
        if cap is None:
            continue
        if not isinstance(cap, int) or cap < 1:
            raise RequestRefused(invalid(name, f"{name} must be a whole number above 0"))
        caps.append(cap)
    return min(caps, default=None)
