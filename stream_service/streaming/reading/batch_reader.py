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
                for place, offset in (await _first_offsets(consumer, places, begin)).items():
                    consumer.seek(place, offset)
        except (KafkaError, TimeoutError) as error:
            raise reading_failed(error) from error
        batches = _batches(consumer, partitions, max_records)
        async with aclosing(batches):
            yield batches


async def _first_offsets(
    consumer: Any, places: Sequence[TopicPartition], begin: Mapping[Partition, int]
) -> Mapping[TopicPartition, int]:
    given = {place: begin.get(Partition(place.topic, place.partition)) for place in places}
    unknown = [place for place, offset in given.items() if offset is None]
    starts = cast(
        dict[TopicPartition, int], await consumer.beginning_offsets(unknown) if unknown else {}
    )
    return {place: starts[place] if offset is None else offset for place, offset in given.items()}


async def _batches(
    consumer: Any, partitions: Mapping[str, int], max_records: int
) -> AsyncGenerator[RecordBatch]:
    while True:
        records = await poll(consumer, max_records)
        yield RecordBatch(records, await _behind(consumer))
        for topic, count in partitions.items():
            if len(consumer.partitions_for_topic(topic) or ()) > count:
                return


async def _behind(consumer: Any) -> int | None:
    behind = 0
    for place in consumer.assignment():
        stable = consumer.last_stable_offset(place)
        if stable is None or stable < 0:
            return None
        behind += max(0, stable - await consumer.position(place))
    return behind
