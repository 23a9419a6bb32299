"""The rows that records become."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stream_service.contracts.record import InputRecord

Row = dict[str, Any]

REFUSED = "refused"
"""The fate of a decision that became a dead letter: the last word until it is sent back."""

# The years that a calendar holds: publishers set a timestamp, some in microseconds.
_EARLIEST_MS, _LATEST_MS = -62_135_596_800_000, 253_402_300_799_000


class Unreadable(ValueError):
    """A record that is not what its topic is for: it is passed over, its offset is not."""


@dataclass(slots=True)
class Rows:
    """Rows by table, and what must be looked at again once they are stored."""

    events: list[Row] = field(default_factory=list[Row])
    replies: list[Row] = field(default_factory=list[Row])
    reviews: list[Row] = field(default_factory=list[Row])
    review_documents: list[Row] = field(default_factory=list[Row])
    decisions: list[Row] = field(default_factory=list[Row])
    fates: list[Row] = field(default_factory=list[Row])
    applied: list[Row] = field(default_factory=list[Row])
    dead_letters: list[Row] = field(default_factory=list[Row])
    dead_letter_texts: list[Row] = field(default_factory=list[Row])
    totals: list[Row] = field(default_factory=list[Row])
    touched_reviews: set[str] = field(default_factory=set[str])
    """Event ids of items whose status may have changed."""


Reader = Callable[[InputRecord, Rows], None]
"""Adds the rows of one record. Raises Unreadable, having added nothing."""


def published_ms(record: InputRecord) -> int:
    """The record's timestamp as a column holds it."""
    return min(max(record.timestamp_ms, _EARLIEST_MS), _LATEST_MS)


def storable(text: str) -> str:
    """``text`` without NUL, which PostgreSQL refuses in text."""
    return text.replace("\x00", "")


def total(
    record: InputRecord,
    outcome: str,
    *,
    category: str = "",
    latency_ms: int = 0,
    degraded: bool = False,
    cost_usd: float = 0.0,
) -> Row:
    """One more of ``outcome`` in the record's minute."""
    return {
        "minute": published_ms(record) // 60_000,
        "outcome": outcome,
        "category": category,
        "count": 1,
        "latency_ms": latency_ms,
        "degraded": int(degraded),
        "cost_usd": cost_usd,
    }
