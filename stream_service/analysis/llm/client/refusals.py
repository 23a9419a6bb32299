"""From an endpoint's error answer to our own error.

Codes and types are those of OpenAI's reference; the wordings beside them are what vLLM, llama.cpp,
Ollama and gateways say instead. Where nothing fits, the status decides.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from stream_service.analysis.llm.errors import (
    ContextTooLong,
    Declined,
    LlmError,
    NotAuthorised,
    ParameterRefused,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    ServerFailed,
    UnknownModel,
)

OPTIONAL_PARAMETERS = (
    "response_format",
    "top_logprobs",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
)
"""What a call can do without, the longer name of two first."""

_QUOTA = re.compile(r"insufficient_quota|billing_hard_limit|exceeded your current quota", re.I)
_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|context (size|window)"
    r"|prompt is too long|too many tokens",
    re.I,
)
_FILTER = re.compile(
    r"content[_ -]?(?:filter|policy|moderation)|content management policy"
    r"|moderation|flagged|safety (?:system|filter|policy)|guardrail"
    r"|data[_ -]?(?:loss|leak(?:age)?)[_ -]?prevention|\bdlp\b",
    re.I,
)
"""Words of those who look at what is asked: the provider's filter, OpenRouter's moderation (403),
a proxy that keeps data in the house."""

_ACCOUNT = re.compile(r"\b(?:account|organi[sz]ation|api[_ -]?key|credentials?)\b", re.I)
"""What is flagged then is who asks, and every question will be refused."""

_SCHEMA = re.compile(r"json[_ ]?schema|response[_ ]?format|grammar|guided", re.I)


def error_of(status: int, body: object, headers: Mapping[str, str]) -> LlmError:
    """Say what an answer of ``status`` (HTTP) with ``body`` (parsed JSON or None) means."""
    error = _error_fields(body)
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    message, parameter = str(error.get("message") or ""), str(error.get("param") or "")
    said = f"{code} {kind} {message}"
    told = f"status {status}{f', code {code}' if re.fullmatch(r'[a-z_0-9]{1,60}', code) else ''}"
    if _QUOTA.search(said):
        return QuotaExhausted(told)
    if status == 429:
        return RateLimited(told, retry_after_s=retry_after_s(headers))
    # Before the status: one text that a filter refuses says nothing of the key or the endpoint. A
    # server that fails may talk of its filter ("moderation is unavailable"); then its code counts.
    of_filter = said if status < 500 else f"{code} {kind}"
    if _FILTER.search(of_filter) and not _ACCOUNT.search(of_filter):
        return Declined(told)
    if status in {401, 403}:
        return NotAuthorised(told)
    if status == 404:
        return UnknownModel(told)
    if status in {408, 409} or status >= 500:
        # llama.cpp answers 500 where a schema cannot become a grammar.
        if status == 500 and _SCHEMA.search(message):
            return ParameterRefused(told, parameter="response_format")
        return ServerFailed(told, retry_after_s=retry_after_s(headers))
    if _CONTEXT.search(said) or status == 413:
        return ContextTooLong(told)
    for name in OPTIONAL_PARAMETERS:
        if parameter.split(".")[0] == name or name in message:
            return ParameterRefused(f"{told}, parameter {name}", parameter=name)
    if _SCHEMA.search(message):
        return ParameterRefused(told, parameter="response_format")
    return RequestRefused(told)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long the endpoint asks to wait, in seconds, or None where it does not say.

    ``retry-after-ms`` is Azure's and OpenAI's finer word; ``Retry-After`` is a number or a date
    (RFC 9110, section 10.2.3).
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _number(value: str | None) -> float | None:
    # No sign, no exponent, no nan: what else stands there is no number of seconds.
    if value is None or re.fullmatch(r"\s*\d{1,9}(\.\d{1,6})?\s*", value) is None:
        return None
    return float(value)


def _error_fields(body: object) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        return {}
    fields = cast(dict[str, Any], body)
    error = fields.get("error", fields)
    if isinstance(error, dict):
        return cast(dict[str, Any], error)
    return {"message": str(error)}
