"""What one event became."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from stream_service.contracts.record import OutputRecord


class OutcomeKind(StrEnum):
    """The ends that an event can have; a metric label."""

    REPLIED = "replied"
    REVIEW = "review"
    DEAD_LETTER = "dead_letter"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    """A reviewer decided that nobody is answered."""
    SUPERSEDED = "superseded"
    """A decision that came after the one that counts."""
    FORWARDED = "forwarded"
    """A decision handed on to the partition that its key belongs to."""


class OutcomeTrace(Protocol):
    """The spans of an outcome's records: from their making to the broker's acknowledgement."""

    @property
    def trace_id(self) -> str:
        """The event's trace, in 32 hexadecimal digits."""
        ...

    def end(self, error_type: str | None = None) -> None:
        """The records are acknowledged, or given up because of an error of that class."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The records that one event became, and the event's offset."""

    offset: int
    kind: OutcomeKind
    records: tuple[OutputRecord, ...]
    received_timestamp_ms: int
    category: str | None = None
    fault: str | None = None
    degraded: str | None = None
    """Why the language model was not the one who judged, though it should have been."""
    trace: OutcomeTrace | None = None
    """Of an event that is traced; its observer's alone."""

    @property
    def size_bytes(self) -> int:
        """Bytes that publishing it takes, nearly."""
        return sum(record.size_bytes for record in self.records)
