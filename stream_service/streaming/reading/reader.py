"""Reading topics without a group: what is committed, by anyone who only wants to look."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from stream_service.contracts.record import InputRecord
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.errors import FailureReason, SessionFailed, StreamError
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reading_client import (
    ReadingFailed,
    new_consumer,
    poll,
    reading_failed,
    started_consumer,
)
from stream_service.streaming.topic_administration import TopicAdministration

_START_TIMEOUT_S = 30.0

_STALLED_AFTER_S = 45.0
"""Above the broker's sweep of dead workers' transactions (20 s) and a broker's restart (12 s)."""


@asynccontextmanager
async def read_records(
    connection: KafkaConnection,
    topics: Sequence[str],
    *,
    from_beginning: bool,
    follow: bool,
    start_timeout_s: float = _START_TIMEOUT_S,
) -> AsyncGenerator[AsyncIterator[InputRecord]]:
    """Read the committed records of ``topics``, in order within each partition.

    Inside the block the place to read from is fixed: whatever is committed from then on will come.
    ``from_beginning`` reads what is there already. Without ``follow`` the iterator ends at the
    logs' ends as they were when the block began, else never; partitions that are added are
    read from their beginning.

    Raises BrokerUnreachable and MissingTopics on entry, ReadingFailed and AccessDenied on entry and
    while reading.
    """
    async with TopicAdministration(connection, start_timeout_s=start_timeout_s) as administration:
        partitions = await administration.partitions(topics, Operation.READ)
    places = [
        TopicPartition(topic, number) for topic in topics for number in range(partitions[topic])
    ]
    async with _read_places(
        connection,
        places,
        from_beginning=from_beginning,
        follow=follow,
        start_timeout_s=start_timeout_s,
    ) as records:
        yield records


async def read_partition(
    connection: KafkaConnection, partition: Partition, begin: int
) -> AsyncGenerator[InputRecord]:
    """The committed records of one partition from the offset ``begin`` on, up to its present end.

    Where the log ends before it, as one that was made anew does, all records. Raises SessionFailed.
    """
    place = topic_partition(partition)
    try:
        async with _read_places(
            connection,
            [place],
            from_beginning=True,
            follow=False,
            start_timeout_s=_START_TIMEOUT_S,
            begin=begin,
        ) as records:
            async for record in records:
                yield record
    except StreamError as error:
        raise SessionFailed(FailureReason.START_FAILED, f"reading {partition}: {error}") from error


@asynccontextmanager
async def _read_places(
    connection: KafkaConnection,
    places: Sequence[TopicPartition],
    *,
    from_beginning: bool,
    follow: bool,
    start_timeout_s: float,
    begin: int = 0,
) -> AsyncGenerator[AsyncIterator[InputRecord]]:
    ends = None if follow else await _log_ends(connection, places, start_timeout_s)
    consumer = new_consumer(connection, "reader", isolation_level="read_committed")
    async with started_consumer(consumer, connection, start_timeout_s):
        consumer.assign(places)
        try:
            async with asyncio.timeout(start_timeout_s):
                ask = consumer.beginning_offsets if from_beginning else consumer.end_offsets
                for place, offset in cast(dict[TopicPartition, int], await ask(places)).items():
                    is_within = ends is not None and begin <= ends[place]
                    consumer.seek(place, max(offset, begin) if is_within else offset)
        except (KafkaError, TimeoutError) as error:
            raise reading_failed(error) from error
        records = _follow(consumer) if ends is None else _up_to(consumer, ends)
        async with aclosing(records):
            yield records


async def _follow(consumer: Any) -> AsyncGenerator[InputRecord]:
    while True:
        for record in await poll(consumer):
            yield record
        await _take_up_new_partitions(consumer)


async def _take_up_new_partitions(consumer: Any) -> None:
    known = cast(set[TopicPartition], consumer.assignment())
    there = {
        TopicPartition(topic, number)
        for topic in {place.topic for place in known}
        for number in consumer.partitions_for_topic(topic) or ()
    }
    if there <= known:
        return
    positions = await _positions(consumer, known)
    consumer.assign([*known | there])
    for place, position in positions.items():
        consumer.seek(place, position)


async def _up_to(consumer: Any, ends: Mapping[TopicPartition, int]) -> AsyncGenerator[InputRecord]:
    """Read to ``ends``, which may lie behind the last stable offset.

    A commit is confirmed before its markers are written, so a read_committed end would leave out
    records that are committed already.
    """
    clock = asyncio.get_running_loop().time
    positions: dict[TopicPartition, int] = {}
    moved_at = clock()
    while True:
        reached = await _positions(consumer, ends)
        if all(reached[place] >= end for place, end in ends.items()):
            return
        if reached != positions:
            positions, moved_at = reached, clock()
        elif clock() - moved_at > _STALLED_AFTER_S:
            raise ReadingFailed(_stalled(reached, ends))
        for record in await poll(consumer):
            if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                yield record


async def _positions(consumer: Any, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    try:
        async with asyncio.timeout(_STALLED_AFTER_S):
            return {place: await consumer.position(place) for place in places}
    except (KafkaError, TimeoutError) as error:
        raise reading_failed(error) from error


async def _log_ends(
    connection: KafkaConnection, places: Sequence[TopicPartition], start_timeout_s: float
) -> dict[TopicPartition, int]:
    consumer = new_consumer(connection, "reader-ends", isolation_level="read_uncommitted")
    async with started_consumer(consumer, connection, start_timeout_s):
        try:
            async with asyncio.timeout(start_timeout_s):
                return cast(dict[TopicPartition, int], await consumer.end_offsets(places))
        except (KafkaError, TimeoutError) as error:
            raise reading_failed(error) from error


def _stalled(reached: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> str:
    short = ", ".join(
        f"{place.topic}/{place.partition} at {reached[place]} of {end}"
        for place, end in ends.items()
        if reached[place] < end
    )
    return (
        f"the end was not reached: nothing came for {_STALLED_AFTER_S:g} s ({short}); "
        "the broker does not answer, or a transaction is still open there"
    )
