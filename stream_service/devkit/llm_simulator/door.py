"""The faults that are answered by a status and an error, without a model."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.chat_request import ChatRequest
from stream_service.devkit.llm_simulator.faults import Fault
from stream_service.devkit.llm_simulator.refusals import (
    Refusal,
    bad_key,
    context_length,
    quota,
    rate_limit,
    server_error,
    unavailable,
    unknown_model,
)


def refusal_for(fault: Fault, request: ChatRequest, behaviour: Behaviour) -> Refusal | None:
    """The error that a fault is answered with; None for the faults that are none of an error's."""
    make = _REFUSALS.get(fault)
    return None if make is None else make(request, behaviour)


def _seconds(behaviour: Behaviour) -> Refusal:
    return rate_limit({"Retry-After": str(math.ceil(behaviour.retry_after_s))})


def _milliseconds(behaviour: Behaviour) -> Refusal:
    return rate_limit({"retry-after-ms": str(round(behaviour.retry_after_s * 1000))})


def _date(behaviour: Behaviour) -> Refusal:
    # The date has whole seconds: rounded up, so that it is never before the time that is meant.
    then = datetime.now(UTC) + timedelta(seconds=behaviour.retry_after_s)
    whole = (then + timedelta(microseconds=999_999)).replace(microsecond=0)
    return rate_limit({"Retry-After": format_datetime(whole, usegmt=True)})


_REFUSALS: Mapping[Fault, Callable[[ChatRequest, Behaviour], Refusal]] = {
    Fault.RATE_LIMIT: lambda _, behaviour: _seconds(behaviour),
    Fault.RATE_LIMIT_DATE: lambda _, behaviour: _date(behaviour),
    Fault.RATE_LIMIT_MS: lambda _, behaviour: _milliseconds(behaviour),
    Fault.RATE_LIMIT_SILENT: lambda _, __: rate_limit({}),
    Fault.QUOTA: lambda _, __: quota(),
    Fault.SERVER_ERROR: lambda _, __: server_error(),
    Fault.UNAVAILABLE: lambda _, __: unavailable(),
    Fault.BAD_KEY: lambda _, __: bad_key(),
    Fault.UNKNOWN_MODEL: lambda request, _: unknown_model(request.model),
    Fault.CONTEXT_LENGTH: lambda request, _: context_length(
        request.prompt_tokens, max(1, request.prompt_tokens - 1)
    ),
}
