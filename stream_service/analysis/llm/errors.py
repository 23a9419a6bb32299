"""What can go wrong between a question and its answer, each with what happens next."""

from typing import ClassVar

from stream_service.analysis.llm.completion import Tokens
from stream_service.contracts.judgement import DegradedReason


class LlmSettingsInvalid(Exception):
    """The language model's settings do not fit together; the message names the fix."""


class LlmError(Exception):
    """The language model gave no usable answer. Messages name the fault, never a text."""

    kind: ClassVar[str] = "failed"
    """The bounded name under which it is counted."""
    retryable: ClassVar[bool] = False
    """Whether the same call may succeed a moment later."""
    counts_as_outage: ClassVar[bool] = False
    """Whether it says that the endpoint is down, rather than something about this one call."""
    reason: ClassVar[DegradedReason] = DegradedReason.CALL_FAILED
    """What an outcome says of it when the local analyst judges instead."""

    tokens: Tokens | None = None
    """What the failed call cost all the same, where the endpoint said so."""
    finish_reason: str | None = None
    """Why the model stopped, where the endpoint said so."""


class TimedOut(LlmError):
    """No answer within the call's time-out."""

    kind = "timeout"
    retryable = True
    counts_as_outage = True
    reason = DegradedReason.TIMEOUT


class ConnectionFailed(LlmError):
    """The endpoint could not be reached, or the connection broke."""

    kind = "connection"
    retryable = True
    counts_as_outage = True


class ServerFailed(LlmError):
    """The endpoint failed: 5xx, 408, 409, a page of a proxy, or an answer without choices."""

    kind = "server"
    retryable = True
    counts_as_outage = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RateLimited(LlmError):
    """429: too many requests or tokens for now."""

    kind = "rate_limited"
    retryable = True
    reason = DegradedReason.RATE_LIMITED

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unusable(LlmError):
    """The endpoint will refuse every call until somebody changes something."""

    kind = "unusable"


class QuotaExhausted(Unusable):
    """The account is out of money or quota. Waiting does not help, so nothing is retried."""

    kind = "quota"
    reason = DegradedReason.QUOTA


class NotAuthorised(Unusable):
    """401, 403, or words to the effect: the key is missing, wrong, or may not do this."""

    kind = "not_authorised"


class UnknownModel(Unusable):
    """404, or words to the effect: no such model, or no such path at the base URL."""

    kind = "unknown_model"


class Redirected(Unusable):
    """3xx: the address is another one. It is not followed, with keys and customers' texts."""

    kind = "redirected"


class BudgetSpent(LlmError):
    """The day's own budget is spent."""

    kind = "budget"
    reason = DegradedReason.BUDGET


class RequestRefused(LlmError):
    """Another 4xx: this request is wrong, and would be wrong again."""

    kind = "bad_request"


class ParameterRefused(RequestRefused):
    """The endpoint does not know a parameter that we can do without."""

    kind = "parameter"

    def __init__(self, message: str, *, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class ContextTooLong(RequestRefused):
    """The text is longer than the model's context."""

    kind = "context_length"


class Declined(LlmError):
    """The model refused, or a filter of the endpoint cut it off."""

    kind = "refusal"
    reason = DegradedReason.REFUSAL


class InvalidAnswer(LlmError):
    """The answer is not what was asked for; ``advice`` tells the model what was wrong with it."""

    kind = "invalid_answer"
    reason = DegradedReason.INVALID_ANSWER

    def __init__(self, message: str, *, text: str = "") -> None:
        super().__init__(message)
        self.text = text
        """The raw answer, kept for the repair; it never goes into a log."""


class Truncated(InvalidAnswer):
    """The answer was cut off by the cap on its length."""

    kind = "truncated"


class AnswerTooLarge(LlmError):
    """The answer had more bytes than any sane one; it was cut off, and is not asked for again."""

    kind = "answer_too_large"
    reason = DegradedReason.INVALID_ANSWER
    tokens = Tokens()
    """Somebody wrote all that: it was paid for, and nobody says how much."""


class OutageLasts(LlmError):
    """The breaker has been open for longer than the outage patience."""

    kind = "breaker_open"

    def __init__(self, message: str, *, reason: DegradedReason) -> None:
        super().__init__(message)
        self.degraded_reason = reason


def degraded_reason(error: LlmError) -> DegradedReason:
    """What the outcome says of ``error``."""
    return error.degraded_reason if isinstance(error, OutageLasts) else error.reason
