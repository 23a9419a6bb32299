"""A reviewer's decision: checked, written down with its audit entry, and left to the relay.

The engine decides who was first. Here it is only said what is known already.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.access.audit import record_act
from stream_service.console.access.roles import Principal
from stream_service.console.decisions.outbox import DECISION, put
from stream_service.console.errors import ConsoleError
from stream_service.console.projection.facts.rows import REFUSED
from stream_service.console.projection.review_status import settle_status
from stream_service.console.queries.reviews import applied_to, review_by_event
from stream_service.console.store import Database, decisions, fates, outbox, reviews
from stream_service.contracts.cloudevents import binary_headers
from stream_service.contracts.codec import decode, encode, validate
from stream_service.contracts.deciding import final_reply
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.review import (
    DECISION_TYPE,
    DecisionType,
    ReviewDecision,
    ReviewItem,
)
from stream_service.contracts.text import clean_text

_ALLOWED_BY = {
    DecisionType.ACCEPT: "allow_accept",
    DecisionType.EDIT: "allow_edit",
    DecisionType.RESPONSE: "allow_respond",
    DecisionType.IGNORE: "allow_ignore",
}


_WITH_TEXT = frozenset({DecisionType.EDIT.value, DecisionType.RESPONSE.value})


class NoSuchReview(ConsoleError):
    """No item of this event is known here."""


class DecisionIdTaken(ConsoleError):
    """The decision's id belongs to another decision."""


class DecisionRefused(ConsoleError):
    """The engine has refused this decision: sent again it would be nothing new."""

    def __init__(self, fault: str | None) -> None:
        super().__init__(
            f"decision_id: the engine has refused this decision ({fault}); leave it out, or give a"
            " new one, to decide anew"
        )


class AlreadyDecided(ConsoleError):
    """The item is decided: another decision would be superseded."""

    def __init__(self, applied: dict[str, Any]) -> None:
        by = applied["reviewer"] or "somebody"
        super().__init__(f"the item is decided already: {applied['type']}, by {by}")
        self.applied = applied


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision that is written down, and will be published."""

    decision_id: str
    is_repeated: bool
    """Whether it had been written down before."""


async def decide(
    database: Database,
    topic: str,
    principal: Principal,
    *,
    event_id: str,
    kind: str,
    text: str | None = None,
    decision_id: str | None = None,
) -> Recorded:
    """Write a decision down. The same ``decision_id`` again is the same decision.

    Raises NoSuchReview, AlreadyDecided, DecisionIdTaken, DecisionRefused, InvalidRecord (which
    names the field), DatabaseUnavailable.
    """
    now = datetime.now(UTC)
    if kind in _WITH_TEXT and not clean_text(text or ""):
        raise InvalidRecord(
            Fault.INVALID_FIELD, f"text: write the reply; a decision {kind} needs one", field="text"
        )
    async with database.writing() as connection:
        # One after another for one item: on PostgreSQL others write at the same time.
        await connection.execute(
            select(reviews.c.event_id).where(reviews.c.event_id == event_id).with_for_update()
        )
        stored = await review_by_event(connection, event_id)
        if stored is None:
            raise NoSuchReview(f"there is no review of the event {event_id}")
        decision = validate(
            ReviewDecision,
            {
                "decision_id": str(uuid4()) if decision_id is None else decision_id,
                "event_id": event_id,
                "review": {"partition": stored.partition, "offset": stored.offset},
                "type": kind,
                "args": {} if text is None else {"text": text},
                "reviewer": principal.name,
                "decided_at": now,
            },
        )
        if await _is_known(connection, decision):
            await _refuse_refused(connection, decision)
            return Recorded(decision.decision_id, is_repeated=True)
        applied = await applied_to(connection, event_id)
        if applied is not None:
            raise AlreadyDecided(applied)
        _refuse_impossible(decode(ReviewItem, stored.document), decision, now)
        await put(
            connection,
            act_id=decision.decision_id,
            kind=DECISION,
            subject=event_id,
            record=_record(topic, decision, now),
        )
        await record_act(
            connection,
            principal,
            "decide",
            event_id,
            decision_id=decision.decision_id,
            type=decision.type.value,
        )
        await settle_status(connection, [event_id])
    return Recorded(decision.decision_id, is_repeated=False)


async def _is_known(connection: AsyncConnection, decision: ReviewDecision) -> bool:
    """Raises DecisionIdTaken."""
    found = (
        await connection.execute(
            select(outbox.c.subject, outbox.c.value).where(
                outbox.c.kind == DECISION, outbox.c.act_id == decision.decision_id
            )
        )
    ).first()
    if found is not None:
        known = decode(ReviewDecision, found.value)
        same = _content(known)
    else:
        row = (
            await connection.execute(
                select(decisions).where(decisions.c.decision_id == decision.decision_id)
            )
        ).first()
        if row is None:
            return False
        same = (row.event_id, row.type, row.text)
    if same != _content(decision):
        raise DecisionIdTaken("decision_id: it belongs to another decision; leave it out")
    return True


async def _refuse_refused(connection: AsyncConnection, decision: ReviewDecision) -> None:
    """Raises DecisionRefused."""
    fate = (
        await connection.execute(
            select(fates.c.outcome, fates.c.fault).where(
                fates.c.decision_id == decision.decision_id
            )
        )
    ).first()
    if fate is not None and fate.outcome == REFUSED:
        raise DecisionRefused(fate.fault)


def _content(decision: ReviewDecision) -> tuple[str, str, str | None]:
    return decision.event_id, decision.type.value, decision.args.text


def _refuse_impossible(item: ReviewItem, decision: ReviewDecision, now: datetime) -> None:
    """What the engine would refuse is refused here, where the reviewer still sits."""
    if not getattr(item.config, _ALLOWED_BY[decision.type]):
        raise InvalidRecord(
            Fault.INVALID_FIELD,
            f"type: the item does not allow {decision.type.value}",
            field="type",
        )
    final_reply(item, decision, now)


def _record(topic: str, decision: ReviewDecision, now: datetime) -> OutputRecord:
    return OutputRecord(
        topic=topic,
        key=decision.event_id.encode(),
        value=encode(decision),
        headers=binary_headers(event_id=decision.decision_id, event_type=DECISION_TYPE, time=now),
    )
