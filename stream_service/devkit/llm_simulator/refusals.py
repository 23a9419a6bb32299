"""Requests that are refused, in the form of the OpenAI interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A status, headers and the ``error`` object of the body."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def body(self) -> dict[str, Any]:
        """The whole body as an object."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


class RequestRefused(Exception):
    """A request that a real endpoint refuses too; ``refusal`` is the answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def bad_key() -> Refusal:
    """401: the key is not known."""
    return Refusal(status=401, message="Incorrect API key provided", code="invalid_api_key")


def unknown_model(model: str) -> Refusal:
    """404: the model is not served."""
    message = f"The model '{model}' does not exist or you do not have access to it"
    return Refusal(status=404, message=message, code="model_not_found", param="model")


def context_length(tokens: int, context_tokens: int) -> Refusal:
    """400: the prompt is longer than the model's context."""
    message = (
        f"This model's maximum context length is {context_tokens} tokens, "
        f"and the messages have {tokens}"
    )
    code = "context_length_exceeded"
    return Refusal(status=400, message=message, code=code, param="messages")


def rate_limit(headers: Mapping[str, str]) -> Refusal:
    """429: too many requests; waiting helps."""
    return Refusal(
        status=429,
        message="Rate limit reached for requests",
        type="requests",
        code="rate_limit_exceeded",
        headers=headers,
    )


def quota() -> Refusal:
    """429 that waiting does not mend."""
    kind = "insufficient_quota"
    message = "You exceeded your current quota; check your plan and billing details"
    return Refusal(status=429, message=message, type=kind, code=kind)


def server_error() -> Refusal:
    """500."""
    message = "The server had an error while processing your request"
    return Refusal(status=500, message=message, type="server_error")


def unavailable() -> Refusal:
    """503."""
    message = "The engine is overloaded; try again later"
    return Refusal(status=503, message=message, type="server_error", code="overloaded")


def response_format(kind: str) -> Refusal:
    """400: structured output of this kind is not offered; worded so that clients recognise it."""
    message = (
        f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model"
    )
    return Refusal(status=400, message=message, param="response_format")


def invalid(param: str | None, message: str) -> Refusal:
    """400: the request is not in the interface's form."""
    return Refusal(status=400, message=message, param=param)
