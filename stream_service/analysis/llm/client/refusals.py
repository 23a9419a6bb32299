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
    Redirected,
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

_QUOTA = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|billing_hard_limit"
    r"|exceeded[_ ](?:your[_ ])?current[_ ]quota|arrearage"
    r"|account (?:is )?in good standing|account_?overdue|overdue[_ -](?:account|payment)"
    r"|欠费|余额不足",
    re.I,
)
"""OpenAI's words; DeepSeek's, DashScope's (status 400), Volcengine's (403), Zhipu's."""

_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|context (size|window)"
    r"|prompt is too long|too many tokens",
    re.I,
)
_DECLINING_CODE = re.compile(
    r"content[_-]?(?:filter|policy|moderation)|moderation_blocked|data_?inspection|responsible_?ai"
    r"|sensitive_?content|guardrail_?(?:intervened|triggered|blocked|violat)|hooks_failed",
    re.I,
)
"""A code or type that says it by itself, with any status: OpenAI, Azure, DashScope, Volcengine,
Portkey."""

_OF_A_TEXT = re.compile(
    r"content[_ -]?(?:filter|policy|moderation)|content management policy|content exists risk"
    r"|inappropriate content|safety (?:system|filter)|prompt[- ]injection|jailbreak|data inspection"
    r"|data[_ -]?(?:loss|leak(?:age)?)[_ -]?prevention|\bdlp\b|guardrail[_ ]?intervened"
    r"|violat\w+.{0,60}\b(?:guardrail|moderation|usage|safety|policy|policies)\b"
    r"|\b(?:prompt|response|input|output|content)\b.{0,20}\b(?:blocked|flagged|moderated)\b"
    r"|敏感(?:内容|信息|词)|内容(?:违规|审核|安全)|违规内容",
    re.I,
)
"""What those say who look at what is asked or answered: the provider's filter, OpenRouter's
moderation and guardrails (403), LiteLLM's guardrails (400), DeepSeek's and Zhipu's filters,
Cloudflare's, a proxy that keeps data in the house."""

_OF_A_FILTER = re.compile(r"moderation|\bflagged\b|guardrail|(?:usage|safety) polic(?:y|ies)", re.I)
"""Such a filter may as well be what is set up wrongly."""

_TEXT = re.compile(
    r"\b(?:inputs?|outputs?|prompts?|content|messages?|requests?|responses?|completions?|text)\b",
    re.I,
)

_ACCOUNT = re.compile(
    r"\b(?:account|organi[sz]ation|workspace|project|tenant|subscription|credentials?"
    r"|(?:api[_ -]?)?keys?|no (?:\w+ )?endpoints|data polic(?:y|ies))\b|账号|账户|密钥",
    re.I,
)
"""What is flagged then is who asks, or what was set up, and every question will be refused."""

_SET_UP = re.compile(
    r"\b(?:unknown|unsupported|unrecogni[sz]ed|invalid|extra|missing)[_ ](?:request[_ ])?"
    r"(?:parameter|argument|field|value|inputs?\b|model|guardrail)"
    r"|\b(?:model|parameter|inputs?|field)\b.{0,80}\bnot (?:allowed|permitted|supported)\b"
    r"|not[_ ](?:found|configured|enabled)|does(?: not|n't) exist|unavailable"
    r"|failed to (?:evaluate|run|load)",
    re.I,
)
"""Nobody has looked at the text: the filter, the model or a parameter is not there."""

_PAGE = re.compile(r"<(?:!doctype|html|head|body|title)\b", re.I)
"""Of a firewall before the endpoint: what it says of filters may be about all of the endpoint."""

_SAYING_MORE = frozenset({401, 404, 405, 407, 408, 409, 410})
"""Statuses that words on filters do not outweigh: it is the key, the model or the moment."""

_KEY = re.compile(
    r"\b(?:api[_ -]?key|credentials?)[_ ](?:is[_ ])?(?:not[_ ]valid|invalid|expired)"
    r"|\b(?:invalid|incorrect|expired)[_ ](?:x-)?(?:api[_ -]?key|credentials?)",
    re.I,
)
"""With status 400 at Google."""

_MODEL = re.compile(
    r"model[_ ]not[_ ](?:found|exist)|invalid model (?:name|id)|unknown[_ ]model"
    r"|\bmodel\b.{0,100}\b(?:does not exist|not found)\b|not a valid model id",
    re.I,
)
"""With status 400 at LiteLLM, OpenRouter and DeepSeek."""

_SCHEMA = re.compile(r"json[_ ]?schema|response[_ ]?format|grammar|guided", re.I)


def error_of(status: int, body: object, headers: Mapping[str, str]) -> LlmError:
    """Say what an answer of ``status`` (HTTP) with ``body`` (parsed JSON or None) means."""
    error = _error_fields(body)
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    message, parameter = _message(error), str(error.get("param") or "")
    said = f"{code} {kind} {message}"
    told = f"status {status}{f', code {code}' if re.fullmatch(r'[a-z_0-9]{1,60}', code) else ''}"
    if 300 <= status < 400:
        return Redirected(told)
    if status == 402 or _QUOTA.search(said):
        return QuotaExhausted(told)
    if status == 429:
        return RateLimited(told, retry_after_s=retry_after_s(headers))
    # Before the status: one text that a filter refuses says nothing of the key or the endpoint.
    declined = _declined(status, f"{code} {kind}", message)
    if declined is not None:
        return declined(told)
    if status in {401, 403}:
        return NotAuthorised(told)
    if status == 404:
        return UnknownModel(told)
    if status in {408, 409} or status >= 500:
        # llama.cpp answers 500 where a schema cannot become a grammar.
        if status == 500 and _SCHEMA.search(message):
            return ParameterRefused(told, parameter="response_format")
        return ServerFailed(told, retry_after_s=retry_after_s(headers))
    if _KEY.search(said):
        return NotAuthorised(told)
    if _MODEL.search(said):
        return UnknownModel(told)
    if _CONTEXT.search(said) or status == 413:
        return ContextTooLong(told)
    for name in OPTIONAL_PARAMETERS:
        if parameter.split(".")[0] == name or name in message:
            return ParameterRefused(f"{told}, parameter {name}", parameter=name)
    if _SCHEMA.search(message):
        return ParameterRefused(told, parameter="response_format")
    return RequestRefused(told)


def _declined(status: int, codes: str, message: str) -> type[LlmError] | None:
    """Declined where a filter refused the text, NotAuthorised where it refused who asks.

    None where no filter refused anything.
    """
    said = f"{codes} {message}"
    if _SET_UP.search(said):
        return None
    if _DECLINING_CODE.search(codes):
        return NotAuthorised if _ACCOUNT.search(said) else Declined
    # A server that fails may talk of its filter ("moderation failed"); then only its code counts.
    if status >= 500 or status in _SAYING_MORE or _PAGE.search(message):
        return None
    is_of_a_text = _OF_A_TEXT.search(message) is not None
    if not is_of_a_text and not _OF_A_FILTER.search(message):
        return None
    if _ACCOUNT.search(said):
        return NotAuthorised
    return Declined if is_of_a_text or _TEXT.search(message) else None


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
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _number(value: str | None) -> float | None:
    # No sign, no exponent, no nan: what else stands there is no number of seconds.
    if value is None or re.fullmatch(r"\s*\d{1,9}(\.\d{1,6})?\s*", value) is None:
        return None
    return float(value)


def _message(error: Mapping[str, Any]) -> str:
    # FastAPI's servers say ``detail``, WSO2's gateway ``description``.
    given = (error.get(name) for name in ("message", "detail", "description"))
    return " ".join(str(one) for one in given if one)


def _error_fields(body: object) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        return {}
    fields = cast(dict[str, Any], body)
    error = fields.get("error", fields)
    if isinstance(error, dict):
        return cast(dict[str, Any], error)
    return {"message": str(error)}
