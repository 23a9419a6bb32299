"""Outcomes as rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from stream_service.commands.display.plain_text import one_line
from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.record import InputRecord
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem
from stream_service.contracts.topics import Topics

_STYLES = {"reply": "green", "review": "yellow", "dead letter": "red"}


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One output record, as a person wants to see it."""

    event: str
    """The event's id; of a dead letter, its partition and offset."""
    language: str
    category: str
    strategy: str
    outcome: str
    """``reply``, ``review`` or ``dead letter``."""
    why: str
    latency_ms: float
    """From the event's timestamp in Kafka to the output's."""


def outcome_row(topics: Topics, record: InputRecord) -> OutcomeRow:
    """Read an output record. Raises ValueError when it is none of the service's."""
    if record.topic == topics.dead_letters:
        letter = read_dead_letter(record)
        return OutcomeRow(
            event=f"record {letter.partition}/{letter.offset}",
            language="",
            category="",
            strategy="",
            outcome="dead letter",
            why=letter.fault.value,
            latency_ms=record.timestamp_ms - letter.timestamp_ms,
        )
    if record.topic == topics.replies:
        reply = decode(Reply, record.value)
        return OutcomeRow(
            event=reply.event_id,
            language=reply.analysis.language,
            category=reply.analysis.category.value,
            strategy=reply.strategy,
            outcome="reply",
            why="",
            latency_ms=record.timestamp_ms - reply.timings.received_at.timestamp() * 1000,
        )
    item = decode(ReviewItem, record.value)
    return OutcomeRow(
        event=item.event_id,
        language=item.analysis.language,
        category=item.analysis.category.value,
        strategy=item.action_request.args.strategy,
        outcome="review",
        why=", ".join(reason.value for reason in item.reasons),
        latency_ms=record.timestamp_ms - item.timings.received_at.timestamp() * 1000,
    )


def outcome_table(rows: Sequence[OutcomeRow]) -> Table:
    """The rows as a table."""
    table = Table("event", "lang", "category", "strategy", "outcome", "why", "ms", box=SIMPLE_HEAD)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        cells = (
            row.event,
            row.language,
            row.category,
            row.strategy,
            Text(row.outcome, style=_STYLES[row.outcome]),
            row.why,
            f"{row.latency_ms:.0f}",
        )
        # Plain text, neither markup nor escape sequences: ids come from outside.
        table.add_row(*(cell if isinstance(cell, Text) else Text(one_line(cell)) for cell in cells))
    return table
