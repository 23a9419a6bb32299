"""Reading topics without a group: what is committed, by anyone who only wants to look."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream_service.contracts.record import InputRecord
from stream_service.streaming.client_records import input_record
from stream_service.streaming.connection import KafkaConnection
from stream_service.streaming.errors import FailureReason, SessionFailed, StreamError
from stream_service.streaming.partition import Partition
from stream_service.streaming.startup import start_bounded
from stream_service.streaming.tolerant_parsing import tolerate_any_header_name
from stream_service.streaming.topic_administration import TopicAdministration

_START_TIMEOUT_S = 30.0
_POLL_TIMEOUT_S = 0.2
_STOP_TIMEOUT_S = 5.0

_STALLED_AFTER_S = 45.0
"""Above the broker's sweep of dead workers' transactions (20 s) and a broker's restart (12 s)."""


class ReadingFailed(StreamError):
    """The topics cannot be read, or not up to their ends."""


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
    logs' ends as they were when the block began, else never.

    Raises BrokerUnreachable and MissingTopics on entry, ReadingFailed on entry and while reading.
    """
    async with TopicAdministration(connection, start_timeout_s=start_timeout_s) as administration:
        partitions = await administration.partitions(topics)
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


async def read_partition(connection: KafkaConnection, partition: Partition) -> list[InputRecord]:
    """All committed records of one partition, up to its present end. Raises SessionFailed."""
    place = TopicPartition(partition.topic, partition.number)
    try:
        async with _read_places(
            connection, [place], from_beginning=True, follow=False, start_timeout_s=_START_TIMEOUT_S
        ) as records:
            return [record async for record in records]
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
) -> AsyncGenerator[AsyncIterator[InputRecord]]:
    ends = None if follow else await _log_ends(connection, places, start_timeout_s)
    consumer = _new_consumer(connection, "reader", isolation_level="read_committed")
    async with _started(consumer, connection, start_timeout_s):
        consumer.assign(places)
        try:
            async with asyncio.timeout(start_timeout_s):
                begin = consumer.beginning_offsets if from_beginning else consumer.end_offsets
                for place, offset in cast(dict[TopicPartition, int], await begin(places)).items():
                    consumer.seek(place, offset)
        except (KafkaError, TimeoutError) as error:
            raise _failed(error) from error
        records = _follow(consumer) if ends is None else _up_to(consumer, ends)
        async with aclosing(records):
            yield records


async def _follow(consumer: Any) -> AsyncGenerator[InputRecord]:
    while True:
        for record in await _poll(consumer):
            yield record


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
        for record in await _poll(consumer):
            if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                yield record


async def _positions(consumer: Any, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    try:
        async with asyncio.timeout(_STALLED_AFTER_S):
            return {place: await consumer.position(place) for place in places}
    except (KafkaError, TimeoutError) as error:
        raise _failed(error) from error


async def _poll(consumer: Any) -> Sequence[InputRecord]:
    try:
        fetched = cast(
            dict[TopicPartition, list[Any]],
            await consumer.getmany(timeout_ms=round(_POLL_TIMEOUT_S * 1000)),
        )
    except KafkaError as error:
        raise _failed(error) from error
    return [input_record(record) for records in fetched.values() for record in records]


async def _log_ends(
    connection: KafkaConnection, places: Sequence[TopicPartition], start_timeout_s: float
) -> dict[TopicPartition, int]:
    consumer = _new_consumer(connection, "reader-ends", isolation_level="read_uncommitted")
    async with _started(consumer, connection, start_timeout_s):
        try:
            async with asyncio.timeout(start_timeout_s):
                return cast(dict[TopicPartition, int], await consumer.end_offsets(places))
        except (KafkaError, TimeoutError) as error:
            raise _failed(error) from error


def _new_consumer(connection: KafkaConnection, role: str, *, isolation_level: str) -> Any:
    tolerate_any_header_name()
    return AIOKafkaConsumer(
        **connection.client_options(role),
        isolation_level=isolation_level,
        enable_auto_commit=False,
        # Only for a place that retention has deleted meanwhile: what is left is read.
        auto_offset_reset="earliest",
    )


@asynccontextmanager
async def _started(
    consumer: Any, connection: KafkaConnection, start_timeout_s: float
) -> AsyncGenerator[None]:
    try:
        await start_bounded(consumer.start, connection.bootstrap_servers, start_timeout_s)
        yield
    finally:
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await consumer.stop()


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


def _failed(error: Exception) -> ReadingFailed:
    return ReadingFailed(f"the topics cannot be read: {type(error).__name__}")
