"""Where a partition's log begins and ends."""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, close_consumer
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.client.refusals import described
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reading_client import new_consumer


class LogBounds:
    """Asks for the bounds of logs, by connections on which nothing is fetched.

    A broker answers what comes by one connection in turn: behind a fetch that finds nothing, the
    bounds of a partition that begins would wait for as long as the broker keeps that fetch.
    """

    def __init__(
        self, connection: KafkaConnection, topics: Iterable[str], *, operation_timeout_s: float
    ) -> None:
        self._topics = tuple(topics)
        self._operation_timeout_s = operation_timeout_s
        # A commit may lie beyond the last committed record: whoever sets offsets to the latest sets
        # them to the log's end, and open transactions of publishers stand before it.
        self._consumer = new_consumer(connection, "bounds", isolation_level="read_uncommitted")

    async def start(self) -> None:
        """Connect. Raises KafkaError when no broker can be reached."""
        await self._consumer.start()
        # Else the first question about a topic fails for want of its leaders, and is asked again.
        await asyncio.gather(*map(self._consumer._client.add_topic, self._topics))

    async def close(self) -> None:
        """Disconnect."""
        await close_consumer(self._consumer, CLOSE_TIMEOUT_S)

    async def of(self, partition: Partition, *, leaders_anew: bool) -> tuple[int, int]:
        """The log's first offset, and the one behind its last record, committed or not.

        With ``leaders_anew`` the cluster is asked first who leads. Raises SessionFailed.
        """
        place = topic_partition(partition)
        try:
            async with asyncio.timeout(self._operation_timeout_s):
                if leaders_anew:
                    await self._consumer._client.force_metadata_update()
                first = await self._asked(self._consumer.beginning_offsets, place)
                end = await self._asked(self._consumer.end_offsets, place)
        except (KafkaError, TimeoutError) as error:
            raise SessionFailed(
                FailureReason.START_FAILED,
                f"reading the log's bounds: {described(error, Operation.READ)}",
            ) from error
        return first, end

    async def _asked(self, question: Any, place: TopicPartition) -> int:
        return cast("dict[TopicPartition, int]", await question([place]))[place]
