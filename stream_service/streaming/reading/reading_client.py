"""The consumer behind every reading without a group."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream_service.contracts.record import InputRecord
from stream_service.streaming.access.denials import denial_of
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, close_consumer
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import input_record
from stream_service.streaming.client.startup import start_bounded
from stream_service.streaming.client.tolerant_fetching import install_tolerant_fetching
from stream_service.streaming.client.tolerant_parsing import install_tolerant_parsing
from stream_service.streaming.client.unpacking import UnreadableBatch
from stream_service.streaming.errors import StreamError

METADATA_MAX_AGE_S = 60.0
"""After it new partitions are looked for, as by workers."""

_POLL_TIMEOUT_S = 0.2

_RECORDS_AT_ONCE = 100
"""Whoever reads decodes what it is given before anyone else on the loop has a turn: some 4 ms for
so many. A fetch holds 1 MB, which are thousands of small ones."""


class ReadingFailed(StreamError):
    """The topics cannot be read, or not up to their ends."""


class BatchUnreadable(ReadingFailed):
    """A batch of records cannot be read, by anybody."""

    def __init__(self, batch: UnreadableBatch) -> None:
        self.last_offset = batch.last_offset
        super().__init__(str(batch))


def new_consumer(connection: KafkaConnection, role: str, *, isolation_level: str) -> Any:
    """A consumer of no group, not started yet."""
    install_tolerant_fetching()
    install_tolerant_parsing()
    return AIOKafkaConsumer(
        **connection.client_options(role),
        isolation_level=isolation_level,
        enable_auto_commit=False,
        # For a place that retention has deleted meanwhile, of which what is left is read, and for
        # partitions that are added.
        auto_offset_reset="earliest",
        metadata_max_age_ms=round(METADATA_MAX_AGE_S * 1000),
    )


@asynccontextmanager
async def started_consumer(
    consumer: Any, connection: KafkaConnection, start_timeout_s: float
) -> AsyncGenerator[None]:
    """Keep ``consumer`` running for the block. Raises BrokerUnreachable."""
    try:
        await start_bounded(consumer.start, connection, start_timeout_s)
        yield
    finally:
        await close_consumer(consumer, CLOSE_TIMEOUT_S)


async def poll(
    consumer: Any, max_records: int = _RECORDS_AT_ONCE, *places: TopicPartition
) -> Sequence[InputRecord]:
    """What has come by now, of ``places`` or all; at most ``max_records``, none after a while.

    Raises ReadingFailed; what has been polled with a batch that is unreadable is lost then.
    """
    # What has been fetched already is handed out without a wait, batch after batch.
    await asyncio.sleep(0)
    try:
        fetched = cast(
            dict[TopicPartition, list[Any]],
            await consumer.getmany(
                *places, timeout_ms=round(_POLL_TIMEOUT_S * 1000), max_records=max_records
            ),
        )
    except KafkaError as error:
        raise reading_failed(error) from error
    except UnreadableBatch as error:
        raise BatchUnreadable(error) from error
    return [input_record(record) for records in fetched.values() for record in records]


def reading_failed(error: Exception) -> StreamError:
    """The error to raise for one of the client's: ReadingFailed, or AccessDenied."""
    denial = denial_of(error, Operation.READ)
    if denial is not None:
        return denial
    return ReadingFailed(f"the topics cannot be read: {type(error).__name__}")
