"""Fetching one review item by its place in the reviews topic."""

import asyncio
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError, KafkaTimeoutError, LeaderNotAvailableError

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

_START_TIMEOUT_S = 15.0
"""Above a broker's restart (12 s): a decision is worth that wait, and nobody else can be served."""

_REQUEST_TIMEOUT_S = 2.0
"""Then a connection counts as lost. An item is one small batch, which a leader that can be reached
gives out within milliseconds; the other clients' 15 s are for those who wait for nobody else."""

_READ_TIMEOUT_S = 4.0
"""Two requests without an answer: the metadata may have been asked of a silent broker before a
leader that is well is asked. Decisions on all other reviews wait for as long."""

_PAUSE_S = 5.0
"""Longer than an attempt, so that a silent leader has the fetcher for less than half of the time;
shorter than the longest pause of a decision that is tried again (10 s), so that none waits longer
for it."""

_SILENCES_OF_A_CLIENT = 3
"""So many attempts in a row without an answer may be the consumer's own fault: it is made anew."""

_ONE_BATCH_BYTES = 1
"""A broker answers with the first batch whole, however small the limit, and with no other (KIP-74).
By the client's default each fetch brings a megabyte of what follows the item, thrown away at once:
it cost CPU, and memory that was not given back."""


_NOBODY = -1


class ReviewFetcher:
    """Reads committed records at given places, one at a time, with a consumer of its own.

    A partition that could not be read is not tried again for some seconds, nor is any other of a
    leader that has not answered: so what can be read waits for one attempt at most, however much
    cannot. The consumer is started at the first use. ``aclose`` ends it.
    """

    def __init__(self, connection: KafkaConnection, topic: str) -> None:
        self._connection = replace(connection, request_timeout_s=_REQUEST_TIMEOUT_S)
        self._topic = topic
        self._consumer: Any = None
        self._one_at_a_time = asyncio.Lock()
        self._not_before: dict[int, float] = {}
        """By partition, on the loop's clock."""
        self._leaders_not_before: dict[int, float] = {}
        """By node."""
        self._silences = 0
        """How many attempts in a row have had no answer."""

    async def fetch(self, pointer: ReviewPointer) -> InputRecord | None:
        """The record at ``pointer``; None where there is none, or none any more.

        Raises NotNow where no broker can give it out at present, SessionFailed where this worker
        may not read it, and UnreadableBatch.
        """
        place = TopicPartition(self._topic, pointer.partition)
        self._require_due(place)
        async with self._one_at_a_time:
            # Whoever has waited behind one that failed need not find out the same.
            self._require_due(place)
            try:
                return await self._fetch(place, pointer.offset)
            except NotNow:
                self._not_before[place.partition] = _now() + _PAUSE_S
                raise

    async def aclose(self) -> None:
        """End the consumer. Safe to call twice."""
        async with self._one_at_a_time:
            await self._stop()

    def _require_due(self, place: TopicPartition) -> None:
        """Raises NotNow where it has just been found out that the place cannot be read."""
        if _now() < self._not_before.get(place.partition, 0.0):
            raise NotNow(f"the reviews of {place.partition} could not be read a moment ago")
        if _now() < self._leaders_not_before.get(self._leader_of(place), 0.0):
            raise NotNow(f"the leader of {place.partition} has not answered a moment ago")

    def _leader_of(self, place: TopicPartition) -> int:
        """The leader's node, as far as is known."""
        if self._consumer is None:
            return _NOBODY
        leader = self._consumer._client.cluster.leader_for_partition(place)
        return _NOBODY if leader is None else leader

    async def _fetch(self, place: TopicPartition, offset: int) -> InputRecord | None:
        try:
            if self._consumer is None:
                async with asyncio.timeout(_START_TIMEOUT_S):
                    self._consumer = await self._started()
            async with asyncio.timeout(_READ_TIMEOUT_S):
                found = await self._read(self._consumer, place, offset)
        except LeaderNotAvailableError as error:
            raise NotNow(f"nobody leads the reviews of {place.partition}") from error
        except (TimeoutError, KafkaTimeoutError) as error:
            await self._note_silence(place)
            raise NotNow(_told(error)) from error
        except KafkaError as error:
            await self._stop()
            if denial_of(error, Operation.READ) is not None:
                raise SessionFailed(FailureReason.START_FAILED, _told(error)) from error
            raise NotNow(_told(error)) from error
        self._silences = 0
        return found

    async def _note_silence(self, place: TopicPartition) -> None:
        """Spare the leader; the consumer stays, since others can be read with it.

        A new one may have to wait for the silent broker before it finds another.
        """
        leader = self._leader_of(place)
        if leader != _NOBODY:
            self._leaders_not_before[leader] = _now() + _PAUSE_S
            # The attempt may have ended before its request did, which leaves a dead one open.
            connection = self._consumer._client._conns.get((leader, ConnectionGroup.DEFAULT))
            if connection is not None:
                connection.close(reason=CloseReason.CONNECTION_TIMEOUT)
        self._silences += 1
        if self._silences >= _SILENCES_OF_A_CLIENT:
            await self._stop()

    async def _read(self, consumer: Any, place: TopicPartition, offset: int) -> InputRecord | None:
        if not await self._is_there(consumer, place.partition):
            return None
        await self._require_leader(consumer, place)
        # What is asked below waits for it too, but by a bound that is meant for the leader.
        await consumer._client._maybe_wait_metadata()
        consumer.assign([place])
        first = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        if not first <= offset < end:
            return None
        consumer.seek(place, offset)
        while await consumer.position(place) <= offset:
            fetched = await consumer.getmany(place, timeout_ms=200, max_records=1)
            for record in fetched.get(place, ()):
                return input_record(record) if record.offset == offset else None
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
        self._silences = 0
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_consumer(consumer, CLOSE_TIMEOUT_S)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _told(error: Exception) -> str:
    return f"fetching a review: {described(error, Operation.READ)}"
