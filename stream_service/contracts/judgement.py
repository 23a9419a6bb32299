"""What every outcome of an automatic judgement says of its making."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from pydantic import Field

from stream_service.contracts.model import WireModel


class DegradedReason(StrEnum):
    """Why the language model did not judge although it was asked for."""

    BREAKER_OPEN = "breaker_open"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    BUDGET = "budget"
    INVALID_ANSWER = "invalid_answer"
    REFUSAL = "refusal"
    CALL_FAILED = "call_failed"


class Source(WireModel):
    """Where the event stands in the input topic."""

    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)


class Timings(WireModel):
    """When and for how long the event was worked on."""

    occurred_at: datetime | None = None
    """When the customer wrote, as the publisher says."""
    received_at: datetime
    """The input record's timestamp in Kafka."""
    judged_at: datetime
    judgement_ms: float = Field(ge=0)
    """From the start of the graph to its end, in milliseconds."""
    nodes_ms: dict[str, float] = Field(default_factory=dict[str, float])
    """By graph node, in milliseconds."""


class ModelUsage(WireModel):
    """What the language model took for one event, over all calls made for it.

    A number is null where an endpoint did not tell it: unknown is not nothing.
    """

    calls: int = Field(ge=0)
    """Answers had for this event; 0 where the cache or a twin's call gave the answer."""
    input_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    cost_usd: float | None = Field(default=None, ge=0)
    """By the price table; null for a model that it does not name."""

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        """Both together; what one of them does not know is unknown of both."""
        return ModelUsage(
            calls=self.calls + other.calls,
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
        )


Number = TypeVar("Number", int, float)


def _sum(first: Number | None, second: Number | None) -> Number | None:
    return None if first is None or second is None else first + second


class Provenance(WireModel):
    """Who judged, with what."""

    analyst: str
    """``local`` or ``llm``."""
    model: str
    """The model's own name, with its version where it tells it."""
    prompt_version: str | None = None
    playbook_version: str
    degraded: bool = False
    degraded_reason: DegradedReason | None = None
    usage: ModelUsage | None = None
    """Null where no language model was asked."""
