"""The review queue."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.facts.documents import DecisionDocument, read_document
from stream_service.console.projection.facts.outcomes import RANKS
from stream_service.console.queries.paging import Page, read_cursor, write_cursor
from stream_service.console.store import applied, fates, outbox, review_documents, reviews
from stream_service.console.store import decisions as decisions_table

_PRIORITIES = {rank: priority for priority, rank in RANKS.items()}


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which items; None does not filter."""

    status: str | None = "open"
    priority: str | None = None
    reason: str | None = None
    language: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class StoredReview:
    """An item, with where it stands in the reviews topic."""

    event_id: str
    partition: int
    offset: int
    status: str
    priority: str
    due_ms: int
    published_ms: int
    document: bytes
    """The record's value, as it came."""


@dataclass(frozen=True, slots=True)
class DecisionOnItem:
    """A decision on an item, and what is known of its fate."""

    decision_id: str
    type: str
    reviewer: str | None
    text: str | None
    at_ms: int
    outcome: str
    """``recorded`` (Kafka has not been told yet), ``published`` (the engine has not answered yet),
    ``applied``, ``superseded`` or ``refused``."""
    fault: str | None


async def review_page(
    connection: AsyncConnection, wanted: ReviewFilter, *, limit: int, cursor: str | None = None
) -> Page[StoredReview]:
    """Items by priority, then by due time. Raises InvalidCursor."""
    order = (reviews.c.rank, reviews.c.due_ms, reviews.c.event_id)
    # The keys alone first: these are in the index, whatever is filtered by.
    keys = select(*order).where(*_conditions(wanted)).order_by(*order).limit(limit + 1)
    if cursor is not None:
        keys = keys.where(tuple_(*order) > tuple_(*read_cursor(cursor, int, int, str)))
    chosen = keys.subquery()
    # Ordered by the database alone: names have another order in its language than here, and behind
    # a cursor of ours it would begin elsewhere.
    found = await connection.execute(
        _whole()
        .join(chosen, chosen.c.event_id == reviews.c.event_id)
        .order_by(chosen.c.rank, chosen.c.due_ms, chosen.c.event_id)
    )
    items = [_stored(row) for row in found]
    if len(items) <= limit:
        return Page(items, None)
    return Page(items[:limit], write_cursor(*_place(items[limit - 1])))


async def review_count(connection: AsyncConnection, wanted: ReviewFilter, *, most: int) -> int:
    """How many items there are; of more than ``most`` it is only said that there are more."""
    found = select(reviews.c.event_id).where(*_conditions(wanted)).limit(most + 1).subquery()
    return (await connection.scalar(select(func.count()).select_from(found))) or 0


async def review_by_event(connection: AsyncConnection, event_id: str) -> StoredReview | None:
    """The item of an event."""
    found = (await connection.execute(_whole().where(reviews.c.event_id == event_id))).first()
    return None if found is None else _stored(found)


async def decisions_on(connection: AsyncConnection, event_id: str) -> list[DecisionOnItem]:
    """All decisions on an item, the oldest first, those that Kafka has not heard of included."""
    published = select(
        decisions_table.c.decision_id,
        decisions_table.c.type,
        decisions_table.c.reviewer,
        decisions_table.c.text,
        decisions_table.c.published_ms,
        fates.c.outcome,
        fates.c.fault,
    ).outerjoin(fates, fates.c.decision_id == decisions_table.c.decision_id)
    known = [
        DecisionOnItem(
            decision_id=row.decision_id,
            type=row.type,
            reviewer=row.reviewer,
            text=row.text,
            at_ms=row.published_ms,
            outcome=row.outcome or "published",
            fault=row.fault,
        )
        for row in await connection.execute(published.where(decisions_table.c.event_id == event_id))
    ]
    return sorted(
        [*known, *await _recorded(connection, event_id, {one.decision_id for one in known})],
        key=lambda one: one.at_ms,
    )


async def applied_to(connection: AsyncConnection, event_id: str) -> dict[str, Any] | None:
    """The decision that counts for an item."""
    found = (
        await connection.execute(select(applied).where(applied.c.event_id == event_id))
    ).first()
    return None if found is None else dict(found._mapping)  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's documented name


async def open_by_priority(connection: AsyncConnection) -> dict[str, tuple[int, int]]:
    """How many items wait for a decision, and since when the oldest does, by priority."""
    found = await connection.execute(
        select(reviews.c.rank, func.count(), func.min(reviews.c.published_ms))
        .where(reviews.c.status == "open")
        .group_by(reviews.c.rank)
    )
    return {_PRIORITIES[rank]: (count, oldest) for rank, count, oldest in found}


async def _recorded(
    connection: AsyncConnection, event_id: str, known: set[str]
) -> list[DecisionOnItem]:
    acts = await connection.execute(
        select(outbox.c.act_id, outbox.c.value, outbox.c.created_ms, outbox.c.sent_ms).where(
            outbox.c.kind == "decision", outbox.c.subject == event_id
        )
    )
    found: list[DecisionOnItem] = []
    for act in acts:
        if act.act_id in known:
            continue
        document = read_document(DecisionDocument, act.value)
        found.append(
            DecisionOnItem(
                decision_id=act.act_id,
                type=document.type,
                reviewer=document.reviewer,
                text=document.text,
                at_ms=act.created_ms,
                outcome="recorded" if act.sent_ms is None else "published",
                fault=None,
            )
        )
    return found


def _conditions(wanted: ReviewFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(reviews.c.status == wanted.status)
    if wanted.priority is not None:
        conditions.append(reviews.c.rank == RANKS[wanted.priority])
    if wanted.reason is not None:
        conditions.append(reviews.c.reasons.contains(f",{wanted.reason},", autoescape=True))
    if wanted.language is not None:
        conditions.append(reviews.c.language == wanted.language)
    if wanted.category is not None:
        conditions.append(reviews.c.category == wanted.category)
    return conditions


def _whole() -> Select[Any]:
    return select(reviews, review_documents.c.document).join(
        review_documents, review_documents.c.event_id == reviews.c.event_id
    )


def _stored(row: Any) -> StoredReview:
    return StoredReview(
        event_id=row.event_id,
        partition=row.partition,
        offset=row.offset,
        status=row.status,
        priority=_PRIORITIES[row.rank],
        due_ms=row.due_ms,
        published_ms=row.published_ms,
        document=row.document,
    )


def _place(item: StoredReview) -> tuple[int, int, str]:
    return RANKS[item.priority], item.due_ms, item.event_id
