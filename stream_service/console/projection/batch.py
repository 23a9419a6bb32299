"""One batch of records into the tables, with the offsets, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.facts.rows import REFUSED, Reader, Row, Rows, Unreadable
from stream_service.console.projection.review_status import DECIDED, settle_status
from stream_service.console.store import (
    applied,
    dead_letter_texts,
    dead_letters,
    decisions,
    events,
    fates,
    insert_new,
    minute_totals,
    offsets,
    redrives,
    replies,
    review_documents,
    reviews,
)
from stream_service.console.store.insert import add_to, insert_if_new, insert_or_replace
from stream_service.contracts.record import InputRecord
from stream_service.streaming.partition import Partition

Positions = dict[Partition, int]
"""The offset to read next, by partition."""


class MovedByAnother(Exception):
    """The stored offsets are not where this process left them.

    Another console of the same database reads too, or the projection was reset: nothing of the
    batch is stored.
    """


def rows_of(
    records: Sequence[InputRecord], readers: Mapping[str, Reader]
) -> tuple[Rows, Sequence[tuple[InputRecord, str]]]:
    """The rows of ``records``, and those that could not be read, with the reason."""
    rows, unreadable = Rows(), list[tuple[InputRecord, str]]()
    for record in records:
        try:
            readers[record.topic](record, rows)
        except Unreadable as error:
            unreadable.append((record, str(error)))
    return rows, unreadable


async def stored_positions(connection: AsyncConnection) -> Positions:
    """Where reading goes on."""
    found = await connection.execute(select(offsets))
    return {Partition(row.topic, row.partition): row.next_offset for row in found}


async def store(connection: AsyncConnection, rows: Rows) -> None:
    """Store ``rows``; what stands there already stays as it is, but for what is not final."""
    await insert_new(connection, events, rows.events)
    await insert_new(connection, replies, rows.replies)
    await _store_reviews(connection, rows)
    await insert_new(connection, decisions, rows.decisions)
    # A decision that was refused and sent back gets a result, whichever of both is read first.
    await insert_or_replace(connection, fates, rows.fates, fates.c.outcome == REFUSED)
    await insert_new(connection, applied, rows.applied)
    await insert_new(connection, dead_letters, rows.dead_letters)
    await insert_new(connection, dead_letter_texts, rows.dead_letter_texts)
    if rows.dead_letters:
        await name_letters_sent_back(connection)
    await add_to(connection, minute_totals, _summed(rows.totals), _SUMS)
    await settle_status(connection, rows.touched_reviews)


async def _store_reviews(connection: AsyncConnection, rows: Rows) -> None:
    """An item that comes again, in a topic that was made anew, takes the place of what was known.

    A decision names the item's place, and the engine looks it up there. What is decided stays.
    """
    if not rows.reviews:
        return
    decided = set(
        await connection.scalars(
            select(reviews.c.event_id).where(
                reviews.c.event_id.in_({row["event_id"] for row in rows.reviews}),
                reviews.c.status == DECIDED,
            )
        )
    )
    for table, new in ((reviews, rows.reviews), (review_documents, rows.review_documents)):
        undecided = [row for row in new if row["event_id"] not in decided]
        await insert_or_replace(connection, table, undecided, true())


async def name_letters_sent_back(connection: AsyncConnection) -> None:
    """What a version before has written down tells the letter by its place alone.

    The letters that stand there are the ones that were meant, as long as they do.
    """
    await connection.execute(
        update(redrives)
        .where(redrives.c.published_ms.is_(None), exists().where(_STANDS_THERE))
        .values(
            published_ms=select(dead_letters.c.published_ms).where(_STANDS_THERE).scalar_subquery()
        )
    )


_STANDS_THERE = and_(
    dead_letters.c.partition == redrives.c.partition, dead_letters.c.offset == redrives.c.offset
)


@dataclass(frozen=True, slots=True)
class Moved:
    """The stored offsets, once they are moved."""

    positions: Positions
    counted: Positions
    """Of the logs that have lost their ends: records below may be counted already."""


async def advance(
    connection: AsyncConnection, before: Positions, records: Sequence[InputRecord]
) -> Moved:
    """Move the stored offsets behind ``records``.

    Raises MovedByAnother when a stored one is not as in ``before``.
    """
    behind: Positions = {}
    for record in records:
        behind[Partition(record.topic, record.partition)] = record.offset + 1
    found = (await connection.execute(_LOCKED)).all()
    stored = {Partition(row.topic, row.partition): row.next_offset for row in found}
    # In one order everywhere: two consoles wait for each other, and not each for the other.
    for partition in sorted(behind):
        if stored.get(partition) != before.get(partition):
            raise MovedByAnother(str(partition))
        if partition not in stored and not await _begun(connection, partition, behind[partition]):
            raise MovedByAnother(str(partition))
    known = sorted(behind.keys() & stored.keys())
    if known:
        await connection.execute(
            _MOVED,
            [
                {"of_topic": topic, "of_partition": number, "to": behind[Partition(topic, number)]}
                for topic, number in known
            ],
        )
    counted = {
        Partition(row.topic, row.partition): row.counted_to
        for row in found
        if row.counted_to is not None
    }
    return Moved(before | behind, counted)


_LOCKED = select(offsets).order_by(offsets.c.topic, offsets.c.partition).with_for_update()
"""Two consoles that read the same records: the second waits here, and finds them moved."""

_MOVED = (
    update(offsets)
    .where(
        offsets.c.topic == bindparam("of_topic"), offsets.c.partition == bindparam("of_partition")
    )
    .values(next_offset=bindparam("to"))
)


async def _begun(connection: AsyncConnection, partition: Partition, offset: int) -> bool:
    topic, number = partition
    row = {"topic": topic, "partition": number, "next_offset": offset}
    return await insert_if_new(connection, offsets, row)


_KEY = ("minute", "outcome", "category")
_SUMS = ("count", "latency_ms", "degraded", "cost_usd")


def _summed(totals: Sequence[Row]) -> Sequence[Row]:
    """One row a key: a batch is a few minutes and thousands of records."""
    sums: dict[tuple[object, ...], Row] = {}
    for row in totals:
        key = tuple(row[name] for name in _KEY)
        if key not in sums:
            sums[key] = dict(row)
            continue
        for name in _SUMS:
            sums[key][name] += row[name]
    # In one order everywhere, as the offsets.
    return [sums[key] for key in sorted(sums, key=str)]
