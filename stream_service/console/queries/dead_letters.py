"""Dead letters, searched by reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.facts.dead_letters import headers_from_json
from stream_service.console.queries.paging import Page, read_cursor, write_cursor
from stream_service.console.store import dead_letters, redrive_totals, redrives
from stream_service.contracts.record import Headers


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter, with its bytes where one alone was asked for."""

    partition: int
    offset: int
    published_ms: int
    event_id: str | None
    fault: str
    error_class: str
    message: str
    field: str | None
    original_topic: str
    original_partition: int
    original_offset: int
    redrive_count: int
    omitted: bool
    redriven_ms: int | None
    redriven_by: str | None
    headers: Headers = ()
    key: bytes | None = None
    value: bytes | None = None


@dataclass(frozen=True, slots=True)
class OpenDeadLetters:
    """Those of one reason that nobody has sent back."""

    fault: str
    count: int
    oldest_ms: int


_SHOWN = [column for column in dead_letters.c if column.name not in {"headers", "key", "value"}]


async def dead_letter_page(
    connection: AsyncConnection,
    *,
    fault: str | None,
    state: str | None,
    limit: int,
    cursor: str | None = None,
) -> Page[StoredDeadLetter]:
    """Dead letters, the newest first; ``state``: ``open`` or ``redriven``. Raises InvalidCursor."""
    order = (dead_letters.c.published_ms, dead_letters.c.partition, dead_letters.c.offset)
    query = _with_redrive(select(*_SHOWN, redrives.c.redriven_ms, redrives.c.principal))
    if fault is not None:
        query = query.where(dead_letters.c.fault == fault)
    if state is not None:
        is_open = redrives.c.act_id.is_(None)
        query = query.where(is_open if state == "open" else ~is_open)
    if cursor is not None:
        query = query.where(tuple_(*order) < tuple_(*read_cursor(cursor, int, int, int)))
    query = query.order_by(*(column.desc() for column in order)).limit(limit + 1)
    items = [_stored(row) for row in await connection.execute(query)]
    if len(items) <= limit:
        return Page(items, None)
    last = items[limit - 1]
    return Page(items[:limit], write_cursor(last.published_ms, last.partition, last.offset))


async def dead_letter_at(
    connection: AsyncConnection, partition: int, offset: int
) -> StoredDeadLetter | None:
    """One dead letter with its bytes."""
    query = _with_redrive(select(dead_letters, redrives.c.redriven_ms, redrives.c.principal))
    row = (
        await connection.execute(
            query.where(dead_letters.c.partition == partition, dead_letters.c.offset == offset)
        )
    ).first()
    if row is None:
        return None
    return _stored(row, headers=headers_from_json(row.headers), key=row.key, value=row.value)


async def open_dead_letters(connection: AsyncConnection) -> Sequence[OpenDeadLetters]:
    """How many wait for somebody, and since when, by reason."""
    is_redriven = exists().where(
        redrives.c.partition == dead_letters.c.partition,
        redrives.c.offset == dead_letters.c.offset,
    )
    found = await connection.execute(
        select(dead_letters.c.fault, func.count(), func.min(dead_letters.c.published_ms))
        .where(~is_redriven)
        .group_by(dead_letters.c.fault)
    )
    return [OpenDeadLetters(fault, count, oldest_ms) for fault, count, oldest_ms in found]


async def redriven_by_fault(connection: AsyncConnection) -> dict[str, int]:
    """How many were ever sent back, by reason; it never falls."""
    found = await connection.execute(select(redrive_totals.c.fault, redrive_totals.c.count))
    return {fault: int(count) for fault, count in found}


def _with_redrive(query: Select[Any]) -> Select[Any]:
    return query.select_from(dead_letters).outerjoin(
        redrives,
        (redrives.c.partition == dead_letters.c.partition)
        & (redrives.c.offset == dead_letters.c.offset),
    )


def _stored(row: Any, **content: Any) -> StoredDeadLetter:
    shown = {column.name: getattr(row, column.name) for column in _SHOWN}
    return StoredDeadLetter(
        **shown, redriven_ms=row.redriven_ms, redriven_by=row.principal, **content
    )
