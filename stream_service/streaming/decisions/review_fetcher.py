"""Fetching one review item by its place in the reviews topic."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, LeaderNotAvailableError

from stream_service.contracts.record import InputRecord
from stream_service.contracts.review import ReviewPointer
from stream_service.streaming.access.denials import denial_of
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, close_consumer
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import input_record
from stream_service.streaming.client.refusals import described
from stream_service.streaming.client.startup import start_whole
from stream_service.streaming.errors import FailureReason, NotNow, SessionFailed

_FETCH_TIMEOUT_S = 15.0
"""Above a broker's restart (12 s): a decision is worth that wait."""

_ONE_BATCH_BYTES = 1
"""A broker answers with the first batch whole, however small the limit, and with no other (KIP-74).
By the client's default each fetch brings a megabyte of what follows the item, thrown away at once:
it cost CPU, and memory that was not given back."""


_NOBODY = -1


class ReviewFetcher:
    """Reads committed records at given places, one at a time, with a consumer of its own.

    The consumer is started at the first use. ``aclose`` ends it.
    """

    def __init__(self, connection: KafkaConnection, topic: str) -> None:
        self._connection = connection
        self._topic = topic
        self._consumer: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def fetch(self, pointer: ReviewPointer) -> InputRecord | None:
        """The record at ``pointer``; None where there is none, or none any more.

        Raises NotNow where no broker can give it out at present, SessionFailed where this worker
        may not read it, and UnreadableBatch.
        """
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_FETCH_TIMEOUT_S):
                    return await self._fetch(pointer)
            except LeaderNotAvailableError as error:
                raise NotNow(f"nobody leads the reviews of {pointer.partition}") from error
            except (KafkaError, TimeoutError) as error:
                await self._stop()
                told = f"fetching a review: {described(error, Operation.READ)}"
                if denial_of(error, Operation.READ) is not None:
                    raise SessionFailed(FailureReason.START_FAILED, told) from error
                raise NotNow(told) from error

    async def aclose(self) -> None:
        """End the consumer. Safe to call twice."""
        async with self._one_at_a_time:
            await self._stop()

    async def _fetch(self, pointer: ReviewPointer) -> InputRecord | None:
        if self._consumer is None:
            self._consumer = await self._started()
        consumer = self._consumer
        if not await self._is_there(consumer, pointer.partition):
            return None
        place = TopicPartition(self._topic, pointer.partition)
        await self._require_leader(consumer, place)
        consumer.assign([place])
        first = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        if not first <= pointer.offset < end:
            return None
        consumer.seek(place, pointer.offset)
        while await consumer.position(place) <= pointer.offset:
            fetched = await consumer.getmany(place, timeout_ms=200, max_records=1)
            for record in fetched.get(place, ()):
                return input_record(record) if record.offset == pointer.offset else None
        return None

    async def _is_there(self, consumer: Any, partition: int) -> bool:
        def is_known() -> bool:
            return partition in (consumer.partitions_for_topic(self._topic) or ())

        await consumer._client._wait_on_metadata(self._topic)
        if not is_known():
            # It may have been added since the client has asked.
            await consumer._client.force_metadata_update()
        return is_known()

    async def _require_leader(self, consumer: Any, place: TopicPartition) -> None:
        """Raises LeaderNotAvailableError at once: decisions on other reviews wait behind this."""
        for is_fresh in (False, True):
            if is_fresh:
                await consumer._client.force_metadata_update()
            if consumer._client.cluster.leader_for_partition(place) not in {None, _NOBODY}:
                return
        raise LeaderNotAvailableError

    async def _started(self) -> Any:
        consumer = AIOKafkaConsumer(
            **self._connection.client_options("reviews"),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=_ONE_BATCH_BYTES,
        )
        try:
            await start_whole(consumer.start)
        except BaseException:
            # One that has half started would be taken for a whole one by the next fetch.
            await close_consumer(consumer, CLOSE_TIMEOUT_S)
            raise
        return consumer

    async def _stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_consumer(consumer, CLOSE_TIMEOUT_S)
