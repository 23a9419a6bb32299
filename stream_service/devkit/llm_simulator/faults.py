"""What the simulator can do wrong, one request at a time."""

from enum import StrEnum


class Fault(StrEnum):
    """One way in which an endpoint fails a request; each has been reported of a real one."""

    description: str
    """What the client meets, in one line."""

    def __new__(cls, name: str, description: str) -> "Fault":
        """A member is its name; the description comes beside it."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.description = description
        return member

    RATE_LIMIT = "rate_limit", "429 with Retry-After in seconds."
    RATE_LIMIT_DATE = "rate_limit_date", "429 with Retry-After as an HTTP date."
    RATE_LIMIT_MS = (
        "rate_limit_ms",
        "429 with retry-after-ms, as OpenAI and Azure send it.",
    )
    RATE_LIMIT_SILENT = "rate_limit_silent", "429 that does not say when to come again."
    QUOTA = "quota", "429 with the code insufficient_quota: waiting does not help, only paying."
    SERVER_ERROR = "server_error", "500."
    UNAVAILABLE = "unavailable", "503, at once."
    BAD_KEY = "bad_key", "401 with the code invalid_api_key."
    UNKNOWN_MODEL = "unknown_model", "404 with the code model_not_found."
    CONTEXT_LENGTH = "context_length", "400 with the code context_length_exceeded."
    HANG = "hang", "The request is taken and never answered."
    RESET = "reset", "The connection is reset (TCP RST) where the answer should come."
    SLOW_BYTES = "slow_bytes", "The right answer, a few bytes at a time."
    HTML = "html", "200 with a web page, as a proxy sends it."
    ERROR_IN_200 = "error_in_200", '200 with {"error": …} and no choices.'
    EMPTY_CHOICES = "empty_choices", '200 with "choices": [].'
    NULL_CHOICES = "null_choices", '200 with "choices": null.'
    REFUSAL = "refusal", "message.refusal instead of content."
    CONTENT_FILTER = "content_filter", "No content, and the finish reason content_filter."
    CUT_JSON = (
        "cut_json",
        "The answer ends after its first property, yet says stop.",
    )
    LENGTH = "length", "The answer ends half way, and says length."
    REASONING_CONTENT = (
        "reasoning_content",
        "The answer stands in message.reasoning_content.",
    )
    FENCED = "fenced", "The answer stands in a Markdown code fence."
    PROSE = "prose", "The answer stands between sentences."
    PLAIN_WORDS = "plain_words", "A sentence instead of JSON."
    ENDLESS_WHITESPACE = (
        "endless_whitespace",
        "After the first property come line breaks, up to the token cap if that is obeyed.",
    )
    ENDLESS_BYTES = (
        "endless_bytes",
        "200 and white space without end, until the client goes away.",
    )
    MISSING_USAGE = "missing_usage", "The right answer without usage."


AT_THE_DOOR = frozenset(
    {
        Fault.RATE_LIMIT,
        Fault.RATE_LIMIT_DATE,
        Fault.RATE_LIMIT_MS,
        Fault.RATE_LIMIT_SILENT,
        Fault.QUOTA,
        Fault.UNAVAILABLE,
        Fault.BAD_KEY,
        Fault.UNKNOWN_MODEL,
        Fault.CONTEXT_LENGTH,
    }
)
"""Refused before a model has worked: answered at once, whatever the latency."""
