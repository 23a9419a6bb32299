"""Logs that end before what was read of them: made anew, or cut short.

A leader that lacks the last records cuts a log short. In both cases other records may stand at the
places of those that were read.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import Table, case, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.batch import Positions, rows_of
from stream_service.console.projection.facts.rows import Reader, Row, Rows
from stream_service.console.store import (
    dead_letter_texts,
    dead_letters,
    events,
    fates,
    offsets,
    redrives,
    replies,
    reviews,
)
from stream_service.contracts.record import InputRecord
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.limits import READ_AGAIN_OFFSETS
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reading_client import (
    new_consumer,
    reading_failed,
    started_consumer,
)


async def log_bounds(
    connection: KafkaConnection, place: Partition, timeout_s: float
) -> tuple[int, int]:
    """The log's first offset, and the one behind its last committed record.

    Raises BrokerUnreachable, ReadingFailed and AccessDenied.
    """
    log = TopicPartition(place.topic, place.number)
    consumer = new_consumer(connection, "log-bounds", isolation_level="read_committed")
    async with started_consumer(consumer, connection, timeout_s):
        try:
            async with asyncio.timeout(timeout_s):
                first = cast(dict[TopicPartition, int], await consumer.beginning_offsets([log]))
                end = cast(dict[TopicPartition, int], await consumer.end_offsets([log]))
        except (KafkaError, TimeoutError) as error:
            raise reading_failed(error) from error
    return first[log], end[log]


async def go_back(
    connection: AsyncConnection,
    place: Partition,
    stored: int,
    bounds: tuple[int, int],
    *,
    holds_dead_letters: bool,
) -> None:
    """Let reading go on where the log may hold other records than were read up to ``stored``.

    One that begins at 0 was made anew, as workers have it, and is read from there; of one that was
    cut short the last READ_AGAIN_OFFSETS are. Where the stored offset is not ``stored`` any more,
    another console has seen to it.
    """
    beginning, end = bounds
    # It may have grown since it was found to end before.
    kept = min(end, stored)
    goes_on_at = 0 if beginning == 0 else max(beginning, kept - READ_AGAIN_OFFSETS)
    moved = await connection.execute(
        update(offsets)
        .where(
            offsets.c.topic == place.topic,
            offsets.c.partition == place.number,
            offsets.c.next_offset == stored,
        )
        .values(
            next_offset=goes_on_at,
            counted_to=case((offsets.c.counted_to > stored, offsets.c.counted_to), else_=stored),
        )
    )
    if moved.rowcount == 1 and holds_dead_letters:
        await _name_the_letters_sent_back(connection, place.number)
        await _forget_letters(connection, place.number, kept)


async def take_again(
    connection: AsyncConnection,
    rows: Rows,
    records: Sequence[InputRecord],
    readers: Mapping[str, Reader],
    *,
    begun_at: Positions,
    dead_letter_topic: str,
) -> None:
    """Make ``rows`` ready to be stored, which hold ``records`` from places that were read before.

    What was counted then is not counted again. Dead letters that stand there no more are forgotten.
    """
    of_each = [rows_of([record], readers)[0] for record in records]
    counted = [found for each in of_each if (found := _counted(each))]
    known = await _known(connection, counted)
    for each in of_each:
        found = _counted(each)
        if found is not None and _named(*found) in known:
            for total in each.totals:
                rows.totals.remove(total)
    ends = {one.partition: one.offset + 1 for one in records if one.topic == dead_letter_topic}
    for number, end in ends.items():
        begun = begun_at.get(Partition(dead_letter_topic, number), 0)
        await _forget_letters(connection, number, begun, end)


_TIME = "published_ms"

_Named = tuple[str, tuple[object, ...]]
"""A row by its table, its key and its time: the same record, wherever it stands."""


def _counted(rows: Rows) -> tuple[Table, Row] | None:
    """The row that the total of one record is about."""
    by_table = (
        (events, rows.events),
        (replies, rows.replies),
        (reviews, rows.reviews),
        (dead_letters, rows.dead_letters),
        (fates, rows.fates),
    )
    return next(((table, found[0]) for table, found in by_table if found), None)


def _named(table: Table, row: Row) -> _Named:
    return table.name, tuple(row[name] for name in (*table.primary_key.columns.keys(), _TIME))


async def _known(connection: AsyncConnection, counted: Sequence[tuple[Table, Row]]) -> set[_Named]:
    """Those that are stored, by name."""
    known: set[_Named] = set()
    for table in {table for table, _ in counted}:
        keys = list(table.primary_key.columns)
        wanted = {_named(table, row)[1][:-1] for of_table, row in counted if of_table is table}
        found = await connection.execute(
            select(*keys, table.c[_TIME]).where(tuple_(*keys).in_(wanted))
        )
        known |= {(table.name, tuple(row)) for row in found}
    return known


async def _name_the_letters_sent_back(connection: AsyncConnection, number: int) -> None:
    """What a version before has written down tells the letter by its place alone.

    The letters that stand there are the ones that were meant, as long as they do.
    """
    without = (redrives.c.partition == number, redrives.c.published_ms.is_(None))
    letter_ms = (
        select(dead_letters.c.published_ms)
        .where(
            dead_letters.c.partition == redrives.c.partition,
            dead_letters.c.offset == redrives.c.offset,
        )
        .scalar_subquery()
    )
    await connection.execute(update(redrives).where(*without).values(published_ms=letter_ms))
    await connection.execute(delete(redrives).where(*without))


async def _forget_letters(
    connection: AsyncConnection, number: int, begin: int, end: int | None = None
) -> None:
    for table in (dead_letters, dead_letter_texts):
        gone = delete(table).where(table.c.partition == number, table.c.offset >= begin)
        await connection.execute(gone if end is None else gone.where(table.c.offset < end))
