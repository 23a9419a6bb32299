"""Live records as the live view shows them: one entry an event, which later records complete."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from msgspec import Struct, field
from pydantic import ValidationError

from stream_service.console.live.hub import LiveRecord
from stream_service.console.projection.facts.dead_letters import event_id_of
from stream_service.console.projection.facts.documents import read_document
from stream_service.console.projection.facts.rows import Unreadable
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.topics import Topics

_REMEMBERED = 1_000
"""Entries that were made lately: whoever else watches gets them as they are."""

_SHOWN_CHARACTERS = 2_000
"""Of a text: a screen or two; whole texts are shown where somebody works on them."""


class _Text(Struct):
    text: str = ""


class _Event(Struct):
    text: str
    customer_id: str | None = None


class _Analysis(Struct):
    category: str
    language: str


class _Reply(Struct):
    event_id: str
    text: str
    analysis: _Analysis
    origin: str = "auto"
    customer_id: str | None = None


class _Request(Struct):
    args: _Text = field(default_factory=_Text)


class _Review(Struct):
    event_id: str
    event: _Event
    analysis: _Analysis
    reasons: list[str]
    action_request: _Request


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEntry:
    """What one record tells of its event; None where it tells nothing."""

    event_id: str
    at_ms: int
    outcome: str
    """``received``, ``replied``, ``replied_by_human``, ``review`` or ``dead_letter``."""
    text: str | None = None
    """What the customer wrote."""
    customer: str | None = None
    answer: str | None = None
    """The reply, the draft, or what went wrong."""
    category: str | None = None
    language: str | None = None
    reasons: tuple[str, ...] = ()


class LiveEntries:
    """Makes entries, each once for all who watch."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._made: OrderedDict[tuple[str, str], Mapping[str, Any] | None] = OrderedDict()

    def entry(self, live: LiveRecord) -> Mapping[str, Any] | None:
        """The record's entry, as browsers get it.

        None for a record that cannot be read: it comes as a dead letter.
        """
        place = live.topic, live.place
        if place not in self._made:
            made = self._make(live)
            self._made[place] = None if made is None else asdict(made)
            if len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
        return self._made[place]

    def _make(self, live: LiveRecord) -> LiveEntry | None:
        topics = self._topics
        makers = {
            topics.events: _received,
            topics.replies: _replied,
            topics.reviews: _in_review,
            topics.dead_letters: self._dead,
        }
        try:
            return makers[live.topic](live)
        except (InvalidRecord, Unreadable, ValidationError):
            return None

    def _dead(self, live: LiveRecord) -> LiveEntry | None:
        letter = read_dead_letter(live.record)
        if letter.topic != self._topics.events:
            return None
        return LiveEntry(
            event_id=event_id_of(live.record, letter),
            at_ms=live.record.timestamp_ms,
            outcome="dead_letter",
            answer=_shown(f"{letter.fault.value}: {letter.message}"),
        )


def _received(live: LiveRecord) -> LiveEntry:
    event = decode_event(live.record)
    return LiveEntry(
        event_id=event.event_id or "",
        at_ms=live.record.timestamp_ms,
        outcome="received",
        text=_shown(event.text),
        customer=event.customer_id,
    )


def _replied(live: LiveRecord) -> LiveEntry:
    reply = read_document(_Reply, live.document)
    return LiveEntry(
        event_id=reply.event_id,
        at_ms=live.record.timestamp_ms,
        outcome="replied_by_human" if reply.origin == "human" else "replied",
        customer=reply.customer_id,
        answer=_shown(reply.text),
        category=reply.analysis.category,
        language=reply.analysis.language,
    )


def _in_review(live: LiveRecord) -> LiveEntry:
    item = read_document(_Review, live.document)
    return LiveEntry(
        event_id=item.event_id,
        at_ms=live.record.timestamp_ms,
        outcome="review",
        text=_shown(item.event.text),
        customer=item.event.customer_id,
        answer=_shown(item.action_request.args.text),
        category=item.analysis.category,
        language=item.analysis.language,
        reasons=tuple(item.reasons),
    )


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + " …"
