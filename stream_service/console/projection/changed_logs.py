"""Logs that end before what was read of them: made anew, or cut short.

A leader that lacks the last records cuts a log short. In both cases other records may stand at the
places of those that were read.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import ColumnElement, Table, case, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.projection.batch import (
    Positions,
    name_letters_sent_back,
    rows_of,
)
from stream_service.console.projection.facts.rows import Reader, Row, Rows
from stream_service.console.projection.review_status import DECIDED
from stream_service.console.store import (
    dead_letter_texts,
    dead_letters,
    events,
    fates,
    offsets,
    redrives,
    replies,
    review_documents,
    reviews,
)
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
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
    topics: Topics,
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
    if moved.rowcount != 1:
        return
    if place.topic == topics.dead_letters:
        await name_letters_sent_back(connection)
        # Of those without a name nobody can tell any more which letters were meant.
        unnamed = (redrives.c.partition == place.number, redrives.c.published_ms.is_(None))
        await connection.execute(delete(redrives).where(*unnamed))
    await _forget(connection, topics, place, kept)


async def take_again(
    connection: AsyncConnection,
    rows: Rows,
    records: Sequence[InputRecord],
    readers: Mapping[str, Reader],
    *,
    begun_at: Positions,
    counted: Positions,
    topics: Topics,
) -> None:
    """Make ``rows`` ready to be stored, which hold ``records``, some from places read before.

    What was counted then, below ``counted``, is not counted again. Dead letters and reviews that
    stand there no more are forgotten.
    """
    again = [one for one in records if one.offset < counted.get(_place(one), 0)]
    of_each = [rows_of([record], readers)[0] for record in again]
    about = [found for each in of_each if (found := _counted(each))]
    known = await _known(connection, about)
    for each in of_each:
        found = _counted(each)
        if found is not None and _named(*found) in known:
            for total in each.totals:
                rows.totals.remove(total)
    for place, end in {_place(one): one.offset + 1 for one in records}.items():
        begun = begun_at.get(place, 0)
        if begun < counted.get(place, 0):
            await _forget(connection, topics, place, begun, end)


def _place(record: InputRecord) -> Partition:
    return Partition(record.topic, record.partition)


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


async def _forget(
    connection: AsyncConnection,
    topics: Topics,
    place: Partition,
    begin: int,
    end: int | None = None,
) -> None:
    """Forget what is known by its place alone, and stood from ``begin`` on, or up to ``end``."""
    if place.topic == topics.dead_letters:
        for table in (dead_letters, dead_letter_texts):
            await connection.execute(delete(table).where(*_within(table, place, begin, end)))
    elif place.topic == topics.reviews:
        # What was decided stays known. A decision on another names its place, where it is no more.
        gone = (*_within(reviews, place, begin, end), reviews.c.status != DECIDED)
        of_gone = review_documents.c.event_id.in_(select(reviews.c.event_id).where(*gone))
        await connection.execute(delete(review_documents).where(of_gone))
        await connection.execute(delete(reviews).where(*gone))


def _within(
    table: Table, place: Partition, begin: int, end: int | None
) -> Sequence[ColumnElement[bool]]:
    among = [table.c.partition == place.number, table.c.offset >= begin]
    return among if end is None else [*among, table.c.offset < end]
