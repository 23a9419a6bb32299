"""Reading topics from chosen offsets, batch by batch: for whoever keeps offsets on their own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from stream_service.contracts.record import InputRecord
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reading_client import (
    BatchUnreadable,
    new_consumer,
    poll,
    reading_failed,
    started_consumer,
)
from stream_service.streaming.topic_administration import TopicAdministration


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Committed records, in order within each partition; none where nothing came for a while."""

    records: Sequence[InputRecord]
    behind: int | None
    """Offsets up to the ends of what is committed, over all partitions; None while unknown."""
    passed_over: Sequence[str] = ()
    """What nobody can read, with its partition and offsets; reading goes on behind it."""
    gone_back: Sequence[Partition] = ()
    """Whose log ends before what was read of it: made anew, or cut short. It is read from its start
    now, where nothing may stand yet."""


@asynccontextmanager
async def read_batches(
    connection: KafkaConnection,
    topics: Sequence[str],
    *,
    begin: Mapping[Partition, int],
    max_records: int,
    start_timeout_s: float,
) -> AsyncGenerator[AsyncIterator[RecordBatch]]:
    """Read the committed records of ``topics`` from the offsets of ``begin`` on, without an end.

    A partition that ``begin`` lacks is read from its start, as is one whose offset is not in the
    log any more. The iterator ends when a topic has got more partitions: open it anew.

    Raises BrokerUnreachable and MissingTopics on entry, ReadingFailed and AccessDenied on entry and
    while reading.
    """
    async with TopicAdministration(connection, start_timeout_s=start_timeout_s) as administration:
        partitions = await administration.partitions(topics, Operation.READ)
    places = [
        TopicPartition(topic, number) for topic in topics for number in range(partitions[topic])
    ]
    consumer = new_consumer(connection, "batch-reader", isolation_level="read_committed")
    async with started_consumer(consumer, connection, start_timeout_s):
        consumer.assign(places)
        try:
            async with asyncio.timeout(start_timeout_s):
                positions = await _first_offsets(consumer, places, begin)
                for place, offset in positions.items():
                    consumer.seek(place, offset)
        except (KafkaError, TimeoutError) as error:
            raise reading_failed(error) from error
        batches = _batches(consumer, partitions, positions, max_records)
        async with aclosing(batches):
            yield batches


async def _first_offsets(
    consumer: Any, places: Sequence[TopicPartition], begin: Mapping[Partition, int]
) -> dict[TopicPartition, int]:
    given = {place: begin.get(Partition(place.topic, place.partition)) for place in places}
    unknown = [place for place, offset in given.items() if offset is None]
    starts = cast(
        dict[TopicPartition, int], await consumer.beginning_offsets(unknown) if unknown else {}
    )
    return {place: starts[place] if offset is None else offset for place, offset in given.items()}


async def _batches(
    consumer: Any,
    partitions: Mapping[str, int],
    positions: dict[TopicPartition, int],
    max_records: int,
) -> AsyncGenerator[RecordBatch]:
    while True:
        passed_over: Sequence[str] = ()
        try:
            records = await poll(consumer, max_records)
        except BatchUnreadable as error:
            records, passed_over = await _around(consumer, positions, error, max_records)
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            positions[place] = max(positions[place], record.offset + 1)
        found = {place: await consumer.position(place) for place in positions}
        gone_back = [
            Partition(place.topic, place.partition)
            for place, position in positions.items()
            # The offset behind what was read is not in the log: the client has begun anew.
            if found[place] < position
        ]
        yield RecordBatch(records, _behind(consumer, found), passed_over, gone_back)
        for topic, count in partitions.items():
            if len(consumer.partitions_for_topic(topic) or ()) > count:
                return


async def _around(
    consumer: Any,
    positions: dict[TopicPartition, int],
    error: BatchUnreadable,
    max_records: int,
) -> tuple[Sequence[InputRecord], Sequence[str]]:
    """Read each partition alone, and pass over the batch that nobody can read, where it comes next.

    Returns what was read, and where the batch is. The client does not tell its partition.
    """
    for place, position in positions.items():
        consumer.seek(place, position)
    records: list[InputRecord] = []
    of_each = max(1, max_records // len(positions))
    # Where the batch may stand first: who has nothing to give is waited for.
    by_likelihood = sorted(positions.items(), key=lambda one: one[1] > error.last_offset)
    for place, position in by_likelihood:
        try:
            for _ in range(of_each):
                found = await poll(consumer, 1, place)
                if not found:
                    break
                records += found
                position = found[-1].offset + 1
        except BatchUnreadable as unreadable:
            # Where the batch ends may be what is damaged. The end of the log is not known yet where
            # the broker cannot read it from here.
            end = consumer.highwater(place) or unreadable.last_offset + 1
            last = min(unreadable.last_offset, end - 1)
            positions[place] = max(position, last) + 1
            consumer.seek(place, positions[place])
            return records, (f"{place.topic}/{place.partition}: {unreadable}",)
    return records, ()


def _behind(consumer: Any, positions: Mapping[TopicPartition, int]) -> int | None:
    behind = 0
    for place, position in positions.items():
        stable = consumer.last_stable_offset(place)
        if stable is None or stable < 0:
            return None
        behind += max(0, stable - position)
    return behind
