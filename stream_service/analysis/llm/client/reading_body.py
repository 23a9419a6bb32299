"""Reading an endpoint's answer, of which nothing is sure but that bytes came.

The forms told apart here were all reported of real servers (vllm#8350, ollama#10001,
openai-python's issues): HTML with status 200, ``{"error": …}`` with status 200, no or null choices,
null content with the answer in ``reasoning_content``, a refusal, a cut answer, no usage.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

import msgspec
import orjson

from stream_service.analysis.llm.answers.confidence import asks, intent_confidence, is_decided
from stream_service.analysis.llm.client.refusals import error_of
from stream_service.analysis.llm.completion import (
    FINISH_REASONS,
    Completion,
    TokenChoice,
    Tokens,
)
from stream_service.analysis.llm.errors import (
    Declined,
    InvalidAnswer,
    LlmError,
    ServerFailed,
    Truncated,
)

_CUT_OFF = frozenset({"length", "max_tokens", "model_length"})
_FILTERED = frozenset({"content_filter", "sensitive", "safety", "recitation"})
_FAILED = frozenset({"error", "network_error", "abort", "insufficient_system_resource"})
"""The server went down on the way: Zhipu's, OpenRouter's, DeepSeek's words."""
_CALLING = frozenset({"tool_calls", "function_call"})
"""Every other reason is an end: servers leave it out or empty, and name their own token or word for
it (``eos_token``, ``<|eot_id|>``, ``end``, ``STOP``). An answer that is cut for a reason on no list
is no whole JSON, and is refused for that."""


MOST_TOKENS = 64
"""Looked at for the category, which comes first; some models write a sentence before it."""


MOST_TOKENS_TO_INTENT = 400
"""From the category to the intent: sentiment, aspects and keywords stand between."""


class _LogProbabilities(msgspec.Struct):
    content: list[msgspec.Raw]


class _Choice(msgspec.Struct):
    logprobs: _LogProbabilities
    message: Any = None
    finish_reason: Any = None


class _Answer(msgspec.Struct):
    """What is looked at of an answer with log-probabilities."""

    choices: list[_Choice]
    error: Any = None
    model: Any = None
    usage: Any = None


class _Chosen(msgspec.Struct):
    token: str
    logprob: float


_ANSWER = msgspec.json.Decoder(_Answer)
_CHOSEN = msgspec.json.Decoder(_Chosen)


def parsed_body(body: bytes) -> object:
    """``body`` as JSON, or None where it is none.

    The log-probabilities stay as they came, one ``msgspec.Raw`` a token: they are nine tenths of an
    answer's bytes, and the first few tokens tell all (0.07 ms CPU against 0.4, and 2,000 objects
    less, for 140 tokens). What nobody looks at is left out of such an answer.
    """
    try:
        return msgspec.to_builtins(_ANSWER.decode(body), builtin_types=(msgspec.Raw,))
    except (msgspec.DecodeError, RecursionError):
        return _parsed(body)  # which refuses what nests too deep


def _parsed(given: bytes | msgspec.Raw) -> object:
    try:
        return orjson.loads(memoryview(given))
    except orjson.JSONDecodeError:
        return None


def tokens_of(parsed: object) -> Tokens:
    """The usage that a parsed body states, whatever else is wrong with it."""
    usage = _mapping(_mapping(parsed).get("usage"))
    details = _mapping(usage.get("prompt_tokens_details"))
    return Tokens(
        input=_count(usage.get("prompt_tokens")),
        output=_count(usage.get("completion_tokens")),
        cached_input=_count(details.get("cached_tokens")) or 0,
    )


def finish_reason_of(parsed: object) -> str | None:
    """Why the model stopped, as a parsed body states it, by one of FINISH_REASONS."""
    choices = _mapping(parsed).get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    reason = _mapping(cast(list[Any], choices)[0]).get("finish_reason")
    if not isinstance(reason, str):
        return None
    return reason if reason in FINISH_REASONS else "other"


def completion_of(parsed: object, *, asked_model: str) -> Completion:
    """Read the parsed body of a call that ended with status 200.

    Raises ServerFailed, Declined, Truncated, InvalidAnswer, or what an embedded error stands for.
    """
    if not isinstance(parsed, dict):
        raise ServerFailed("status 200 with a body that is no JSON object")
    answer = cast(dict[str, Any], parsed)
    if answer.get("error"):
        raise _embedded_error(answer["error"])
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ServerFailed("the answer has no choices")
    choice = _mapping(cast(list[Any], choices)[0])
    message = _mapping(choice.get("message"))
    told = choice.get("finish_reason")
    finish = told.lower() if isinstance(told, str) else ""
    if finish in _FILTERED:
        raise Declined("a filter cut it off")
    if message.get("refusal"):
        raise Declined("the model refused")
    if finish in _FAILED:
        raise ServerFailed("the server failed while it wrote the answer")
    text = _text_of(message)
    if finish in _CUT_OFF:
        raise Truncated("the answer was cut off by its length", text=text)
    if finish in _CALLING:
        raise InvalidAnswer("it calls a tool, and there is none", text=text)
    if not text.strip():
        raise InvalidAnswer("the answer is empty")
    model = answer.get("model")
    choices, sure_of_intent = _certainty(_mapping(choice.get("logprobs")).get("content"))
    return Completion(
        text=text,
        model=model if isinstance(model, str) and model else asked_model,
        tokens=tokens_of(answer),
        finish_reason=finish_reason_of(answer),
        choices=choices,
        intent_confidence=sure_of_intent,
    )


def _text_of(message: Mapping[str, Any]) -> str:
    # A reasoning parser that is set wrongly puts the whole answer beside the content.
    for field in ("content", "reasoning_content", "reasoning"):
        value = message.get(field)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list):
            parts = [_mapping(part).get("text") for part in cast(list[Any], value)]
            text = "".join(part for part in parts if isinstance(part, str))
            if text.strip():
                return text
    return ""


def _embedded_error(error: object) -> LlmError:
    fields = _mapping(error)
    code = fields.get("code")
    status = code if isinstance(code, int) else 500
    return error_of(status, {"error": fields or {"message": str(error)}}, {})


def _certainty(content: object) -> tuple[tuple[TokenChoice, ...], float | None]:
    """The tokens up to the one that decides the category, and how probable a question's intent is.

    The rest is never looked at.
    """
    found: list[TokenChoice] = []
    written = ""
    entries = iter(cast(list[Any], content) if isinstance(content, list) else ())
    for entry in islice(entries, MOST_TOKENS):
        choice = _token_choice(_parsed(entry) if isinstance(entry, msgspec.Raw) else entry)
        if choice is None:
            return (), None
        found.append(choice)
        written += choice.token
        if is_decided(written):
            sure = intent_confidence(written, _chosen(entries)) if asks(written) else None
            return tuple(found), sure
    return tuple(found), None


def _chosen(entries: Iterator[Any]) -> Iterator[tuple[str, float]]:
    """Tokens with their log-probabilities, without what else might have stood in their places."""
    for entry in islice(entries, MOST_TOKENS_TO_INTENT):
        try:
            token = (
                _CHOSEN.decode(entry)
                if isinstance(entry, msgspec.Raw)
                else msgspec.convert(entry, _Chosen)
            )
        except (msgspec.DecodeError, msgspec.ValidationError):
            return
        yield token.token, token.logprob


def _token_choice(parsed: object) -> TokenChoice | None:
    entry = _mapping(parsed)
    token, top = entry.get("token"), entry.get("top_logprobs")
    if not isinstance(token, str):
        return None
    rivals = map(_mapping, cast(list[Any], top) if isinstance(top, list) else ())
    pairs = [(one.get("token"), one.get("logprob")) for one in (entry, *rivals)]
    alternatives = {
        name: float(value)
        for name, value in pairs
        if isinstance(name, str) and isinstance(value, int | float)
    }
    return TokenChoice(token=token, alternatives=tuple(alternatives.items()))


def _mapping(value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
