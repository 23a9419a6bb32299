"""Dead letters, searched by reason, and by what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.errors import ConsoleError
from stream_service.console.projection.facts.dead_letters import headers_from_json
from stream_service.console.queries.paging import Page, read_cursor, write_cursor
from stream_service.console.store import (
    dead_letter_texts,
    dead_letters,
    redrive_totals,
    redrives,
)
from stream_service.console.store.searched_text import folded
from stream_service.console.store.sent_back import IS_OF_LETTER
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


MAX_SEARCH_CHARACTERS = 200
"""A sentence; who knows more of a record knows its place."""

SEARCHED_AT_ONCE = 10_000
"""Dead letters that one search looks through. No index finds two Chinese characters within a text,
so that every text is read: so many take some 40 ms on SQLite."""

_ORDER = (dead_letters.c.published_ms, dead_letters.c.partition, dead_letters.c.offset)


class InvalidSearch(ConsoleError):
    """A text that cannot be searched for."""


@dataclass(frozen=True, slots=True)
class FoundDeadLetters(Page[StoredDeadLetter]):
    """What a search has found, and how far it has looked."""

    searched_back_to_ms: int | None
    """None where it has looked through all of them, or has filled the page before."""


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
    if state == "redriven":
        return await _page(connection, _sent_back(fault, cursor, limit), limit)
    return await _page(connection, _listed(fault, state, cursor), limit)


async def search_dead_letters(
    connection: AsyncConnection,
    text: str,
    *,
    fault: str | None,
    state: str | None,
    limit: int,
    cursor: str | None = None,
) -> FoundDeadLetters:
    """Dead letters that ``text`` stands in, the newest first; case does not count.

    It looks through ``SEARCHED_AT_ONCE`` of them. Where there are more, the page may have few
    items, or none, and its cursor searches on. Raises InvalidSearch and InvalidCursor.
    """
    wanted = contains(searchable(text))
    query = _listed(fault, state, cursor).join(
        dead_letter_texts,
        (dead_letter_texts.c.partition == dead_letters.c.partition)
        & (dead_letter_texts.c.offset == dead_letters.c.offset),
    )
    oldest_ms = await _oldest_at_once(connection, fault, cursor)
    if oldest_ms is not None:
        query = query.where(dead_letters.c.published_ms >= oldest_ms)
    page = await _page(connection, query.where(wanted), limit)
    if page.next_cursor is not None or oldest_ms is None:
        return FoundDeadLetters(page.items, page.next_cursor, None)
    # Below every place there is, so behind all of that millisecond.
    return FoundDeadLetters(page.items, write_cursor(oldest_ms, -1, -1), oldest_ms)


def searchable(text: str) -> str:
    """``text`` as it is searched for: trimmed. Raises InvalidSearch, which does not repeat it."""
    trimmed = text.strip()
    if not 1 <= len(trimmed) <= MAX_SEARCH_CHARACTERS:
        raise InvalidSearch(
            f"text: search for 1 to {MAX_SEARCH_CHARACTERS} characters, not counting blanks"
            " around them"
        )
    # Half a character, or one that no text in the database holds.
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in trimmed):
        raise InvalidSearch("text: leave out NUL and halves of surrogate pairs; nothing has them")
    return trimmed


def contains(text: str) -> ColumnElement[bool]:
    """That ``text`` stands in a dead letter; the signs of LIKE's patterns stand for themselves."""
    return dead_letter_texts.c.text.contains(folded(text), autoescape=True)


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
    found = await connection.execute(OPEN_BY_FAULT)
    return [
        OpenDeadLetters(fault, count, oldest_ms) for fault, count, oldest_ms in found if count > 0
    ]


def _open_by_fault() -> Select[Any, Any, Any]:
    """All less those that were sent back, which are few; the oldest is where the index begins.

    Every console asks it every few seconds: to look each letter's redrive up would read all of
    their rows, with their bytes.
    """
    every = (
        select(dead_letters.c.fault, func.count().label("number"))
        .group_by(dead_letters.c.fault)
        .subquery("every_letter")
    )
    is_of_letter = exists().where(IS_OF_LETTER)
    sent_back = (
        select(redrives.c.fault, func.count().label("number"))
        .where(is_of_letter.correlate(redrives))
        .group_by(redrives.c.fault)
        .subquery("sent_back")
    )
    is_redriven = is_of_letter.correlate(dead_letters)
    oldest_ms = (
        select(dead_letters.c.published_ms)
        .where(dead_letters.c.fault == every.c.fault, ~is_redriven)
        .order_by(dead_letters.c.published_ms)
        .limit(1)
        .scalar_subquery()
    )
    number = every.c.number - func.coalesce(sent_back.c.number, 0)
    return select(every.c.fault, number, case((number > 0, oldest_ms), else_=None)).select_from(
        every.outerjoin(sent_back, sent_back.c.fault == every.c.fault)
    )


OPEN_BY_FAULT = _open_by_fault()
"""Fault, how many are open, and when the oldest of these came."""


async def redriven_by_fault(connection: AsyncConnection) -> dict[str, int]:
    """How many were ever sent back, by reason; it never falls."""
    found = await connection.execute(select(redrive_totals.c.fault, redrive_totals.c.count))
    return {fault: int(count) for fault, count in found}


async def _oldest_at_once(
    connection: AsyncConnection, fault: str | None, cursor: str | None
) -> int | None:
    """The time of the last dead letter that one search looks at; None where it looks at all.

    Counted in the index alone, whatever their state: that would have to be looked up for each.
    """
    query = select(dead_letters.c.published_ms)
    if fault is not None:
        query = query.where(dead_letters.c.fault == fault)
    if cursor is not None:
        # Without the cursor's own millisecond: each search gets further back than the one before.
        query = query.where(dead_letters.c.published_ms < read_cursor(cursor, int, int, int)[0])
    newest_first = query.order_by(dead_letters.c.published_ms.desc())
    return await connection.scalar(newest_first.offset(SEARCHED_AT_ONCE).limit(1))


def _listed(fault: str | None, state: str | None, cursor: str | None) -> Select[Any]:
    query = _with_redrive(select(*_SHOWN, redrives.c.redriven_ms, redrives.c.principal))
    if fault is not None:
        query = query.where(dead_letters.c.fault == fault)
    if state is not None:
        is_open = redrives.c.act_id.is_(None)
        query = query.where(is_open if state == "open" else ~is_open)
    if cursor is not None:
        query = query.where(tuple_(*_ORDER) < tuple_(*read_cursor(cursor, int, int, int)))
    return query


def _sent_back(fault: str | None, cursor: str | None, limit: int) -> Select[Any]:
    """Found by what was sent back, in the same order: that is few of many letters, whose rows with
    their bytes would all be read for it."""
    order = (redrives.c.published_ms, redrives.c.partition, redrives.c.offset)
    keys = select(redrives.c.partition, redrives.c.offset).where(
        exists().where(IS_OF_LETTER).correlate(redrives)
    )
    if fault is not None:
        keys = keys.where(redrives.c.fault == fault)
    if cursor is not None:
        keys = keys.where(tuple_(*order) < tuple_(*read_cursor(cursor, int, int, int)))
    chosen = keys.order_by(*(column.desc() for column in order)).limit(limit + 1).subquery()
    return (
        select(*_SHOWN, redrives.c.redriven_ms, redrives.c.principal)
        .select_from(chosen)
        .join(
            redrives,
            (redrives.c.partition == chosen.c.partition) & (redrives.c.offset == chosen.c.offset),
        )
        .join(dead_letters, IS_OF_LETTER)
    )


async def _page(
    connection: AsyncConnection, query: Select[Any], limit: int
) -> Page[StoredDeadLetter]:
    newest_first = query.order_by(*(column.desc() for column in _ORDER)).limit(limit + 1)
    items = [_stored(row) for row in await connection.execute(newest_first)]
    if len(items) <= limit:
        return Page(items, None)
    last = items[limit - 1]
    return Page(items[:limit], write_cursor(last.published_ms, last.partition, last.offset))


def _with_redrive(query: Select[Any]) -> Select[Any]:
    return query.select_from(dead_letters).outerjoin(redrives, IS_OF_LETTER)


def _stored(row: Any, **content: Any) -> StoredDeadLetter:
    shown = {column.name: getattr(row, column.name) for column in _SHOWN}
    return StoredDeadLetter(
        **shown, redriven_ms=row.redriven_ms, redriven_by=row.principal, **content
    )
