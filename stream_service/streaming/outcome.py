"""What one event became."""

from dataclasses import dataclass
from enum import StrEnum

from stream_service.contracts.record import OutputRecord
from stream_service.streaming.send_trace import SendTrace


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The records that one event became, and the event's offset."""

    offset: int
    kind: OutcomeKind
    records: tuple[OutputRecord, ...]
    """What speaks of other records stands behind them: where not all are published at one instant,
    topic follows topic."""
    received_timestamp_ms: int
    category: str | None = None
    fault: str | None = None
    trace: SendTrace | None = None
    """Of an event that is traced; its observer's alone."""

    @property
    def size_bytes(self) -> int:
        """Bytes that publishing it takes, nearly."""
        return sum(record.size_bytes for record in self.records)
