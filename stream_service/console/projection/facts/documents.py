"""Reading only what the tables need of our own topics' documents: microseconds a record.

The whole document is kept as it came, so that nothing is lost by what is left out here.
"""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
import orjson
from msgspec import Meta, Struct

from stream_service.console.projection.facts.rows import Unreadable

# No NUL, which PostgreSQL refuses in text, and no longer than an index takes.
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Word = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00,]*$")]
Prose = Annotated[str, Meta(max_length=60_000)]


class Analysed(Struct):
    """Of an analysis."""

    category: Word
    language: Word


class Used(Struct):
    """Of the language model's usage."""

    cost_usd: float | None = None


class Made(Struct):
    """Of a provenance."""

    degraded: bool = False
    usage: Used | None = None


class Timed(Struct):
    """Of the timings."""

    received_at: datetime


class OwnEventDocument(Struct):
    """Of an event that was published by this service's own publishers."""

    event_id: Name
    customer_id: Name | None = None
    channel: Word | None = None


class ReplyDocument(Struct):
    """Of a reply."""

    event_id: Name
    origin: Word
    analysis: Analysed
    provenance: Made
    timings: Timed


class Said(Struct):
    """Of the event in a review item: without it nobody could decide."""

    text: str


class ReviewDocument(Struct):
    """Of a review item."""

    event_id: Name
    event: Said
    reasons: Annotated[list[Word], Meta(max_length=40)]
    priority: Word
    due_at: datetime
    analysis: Analysed
    provenance: Made
    timings: Timed


class Written(Struct):
    """Of a decision's arguments."""

    text: Prose | None = None


class DecisionDocument(Struct):
    """Of a decision."""

    decision_id: Name
    event_id: Name
    type: Word
    args: Written | None = None
    reviewer: Name | None = None

    @property
    def text(self) -> str | None:
        """What the reviewer wrote, if anything."""
        return None if self.args is None else self.args.text


class AppliedDocument(Struct):
    """Of the decision that counts."""

    decision_id: Name
    type: Word
    decided_at: datetime
    reviewer: Name | None = None
    reply_id: Name | None = None


class ResultDocument(Struct):
    """Of a decision's result."""

    event_id: Name
    decision_id: Name
    outcome: Word
    applied: AppliedDocument


Document = TypeVar("Document", bound=Struct)


def read_document(kind: type[Document], value: bytes | None) -> Document:
    """Read a record's value. Raises Unreadable, which says nothing of the value."""
    try:
        return msgspec.json.decode(value or b"", type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None


def read_whole_document(kind: type[Document], value: bytes | None) -> Document:
    """Read a value that is shown as a whole, too: all of it must be JSON, and not what is needed
    alone. Raises Unreadable."""
    document = read_document(kind, value)
    try:
        orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        raise Unreadable("JSONDecodeError") from None
    return document


def milliseconds(moment: datetime) -> int:
    """``moment`` as a column holds it; without an offset it is read as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
