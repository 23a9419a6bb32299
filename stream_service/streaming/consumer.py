"""The consumer: the poll loop, and the sessions of the partitions that the group gave it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import close_consumer, closes, uninterrupted
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.fetch_wait import FetchWait
from stream_service.streaming.client.records import input_record, partitions_of, topic_partition
from stream_service.streaming.client.refusals import described
from stream_service.streaming.client.startup import finished_before, start_bounded
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import FailureReason, NotCopartitioned, SessionFailed
from stream_service.streaming.group_consumer import new_group_consumer
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.membership import is_still_member, join_anew, leave_at_close
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.offsets.committed import CommittedOffsets
from stream_service.streaming.offsets.log_bounds import LogBounds
from stream_service.streaming.partition import Partition
from stream_service.streaming.partition_counts import PartitionCounts, refreshed
from stream_service.streaming.publishing.idempotent import IdempotentPublisher
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode, OutcomePublisher
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from stream_service.streaming.sessions.failure import release_frames
from stream_service.streaming.sessions.feed import ConsumerFeed
from stream_service.streaming.sessions.partition_history import PartitionHistory
from stream_service.streaming.sessions.session import PartitionSession
from stream_service.streaming.subscription import Subscription
from stream_service.streaming.topic_administration import TopicAdministration

_LEAVE_TIMEOUT_S = 10.0
"""Bound on leaving the group: the group takes the partitions back without us as well."""

_FIRST_RETAKE_DELAY_S, _MAX_RETAKE_DELAY_S = 0.5, 15.0
"""Back-off before a failed session's partition is taken up again."""

_ISOLATE_AFTER_POLLS = 2
"""One failed poll may be chance; the second one in a row has a cause in some partition."""

_ISOLATION_TIMEOUT_MS = 500
"""A fetch that holds something answers within milliseconds."""


class StreamConsumer:
    """Reads the subscribed topics in a consumer group, and has each record worked on exactly once.

    A partition that is assigned gets a session of its own; a session that fails is replaced while
    the partition is still ours, and no other partition notices.
    """

    def __init__(
        self,
        *,
        connection: KafkaConnection,
        group_id: str,
        subscriptions: Sequence[Subscription],
        dead_letters: DeadLetters,
        limits: StreamLimits | None = None,
        observer: StreamObserver | None = None,
        group_instance_id: str | None = None,
        leave_at_stop: bool = False,
    ) -> None:
        self._connection = connection
        self._group_id = group_id
        self._subscriptions = {one.topic: one for one in subscriptions}
        self._partitions: Mapping[str, int] = {}
        self._limits = limits or StreamLimits()
        self._observer = observer or StreamObserver()
        self._group_instance_id = group_instance_id
        self._leave_at_stop = leave_at_stop
        self._counts = PartitionCounts()
        self._dead_letters = dead_letters
        self._histories: dict[Partition, PartitionHistory] = {}
        self._epochs: dict[Partition, int] = {}
        self._epoch = 0
        self._sessions: dict[Partition, PartitionSession] = {}
        self._owners: dict[Partition, asyncio.Task[None]] = {}
        self._tasks = asyncio.TaskGroup()
        self._stopping = False
        self._failed_polls = 0
        self._gaps_looked_for_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then drain, commit and leave the group.

        A start that still waits for the cluster then is cut off. Raises BrokerUnreachable,
        MissingTopics, NotCopartitioned.
        """
        self._consumer = new_group_consumer(
            self._connection,
            group_id=self._group_id,
            group_instance_id=self._group_instance_id,
            limits=self._limits,
            counts=self._counts,
        )
        self._fetch_wait = FetchWait(self._consumer)
        self._committed = CommittedOffsets(
            self._connection,
            group_id=self._group_id,
            operation_timeout_s=self._limits.operation_timeout_s,
        )
        self._log_bounds = LogBounds(
            self._connection,
            self._subscriptions,
            operation_timeout_s=self._limits.operation_timeout_s,
        )
        try:
            if await finished_before(stop, self._start()):
                await self._work_until(stop)
        finally:
            await uninterrupted(self._close())

    async def _close(self) -> None:
        await close_consumer(self._consumer, _LEAVE_TIMEOUT_S)
        for history in self._histories.values():
            await closes(history.left_running.end(), _LEAVE_TIMEOUT_S)
        await closes(self._committed.close(), _LEAVE_TIMEOUT_S)
        await self._log_bounds.close()
        for subscription in self._subscriptions.values():
            if subscription.aclose is not None:
                await subscription.aclose()

    async def _start(self) -> None:
        for start in (
            self._require_topics,
            self._committed.start,
            self._log_bounds.start,
            self._consumer.start,
        ):
            await start_bounded(start, self._connection, self._limits.start_timeout_s)

    async def _work_until(self, stop: asyncio.Event) -> None:
        async with self._tasks:
            self._consumer.subscribe([*self._subscriptions], listener=_Listener(self))
            await self._poll_until(stop)
            self._stopping = True
            await self._drain(tuple(self._epochs), leave_running=False)
            if self._leave_at_stop:
                leave_at_close(self._consumer)
            await close_consumer(self._consumer, _LEAVE_TIMEOUT_S)

    async def _require_topics(self) -> None:
        subscriptions = self._subscriptions.values()
        wanted = {
            topic
            for one in subscriptions
            for topic in (one.topic, *one.outputs, one.copartitioned)
            if topic is not None
        }
        async with TopicAdministration(
            self._connection, start_timeout_s=self._limits.start_timeout_s
        ) as administration:
            self._partitions = await administration.partitions(sorted(wanted))
        self._counts.begin({topic: self._partitions[topic] for topic in self._subscriptions})
        for one in subscriptions:
            partitions = self._partitions[one.topic]
            if one.copartitioned is not None and self._partitions[one.copartitioned] != partitions:
                others = self._partitions[one.copartitioned]
                raise NotCopartitioned(one.topic, partitions, one.copartitioned, others)

    async def _poll_until(self, stop: asyncio.Event) -> None:
        stopping = self._tasks.create_task(stop.wait())
        polling: asyncio.Task[Any]
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            began = clock()
            # Never cancelled: a poll that is cut off may have moved the position.
            polling = asyncio.create_task(
                self._consumer.getmany(
                    timeout_ms=round(self._limits.poll_timeout_s * 1000),
                    max_records=self._limits.poll_records,
                )
            )
            await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not polling.done():
                # A rebalance may hold a poll for long; the drain needs nothing from it.
                polling.cancel()
                with suppress(asyncio.CancelledError, KafkaError):
                    await polling
                return
            self._observer.polled()
            error = polling.exception()
            if error is None:
                self._failed_polls = 0
                await self._hand_over(polling.result(), clock() - began)
            elif isinstance(error, Exception):
                await self._recover_poll(error)
            else:
                raise error

    async def _hand_over(self, polled: dict[TopicPartition, list[Any]], duration_s: float) -> None:
        fetched = {
            Partition(place.topic, place.partition): [input_record(record) for record in records]
            for place, records in polled.items()
        }
        if fetched:
            self._observer.fetched(fetched, duration_s)
        for partition, records in fetched.items():
            session = self._sessions.get(partition)
            if session is not None:
                session.take(records)
        await self._pass_over_gaps()

    async def _pass_over_gaps(self) -> None:
        # Polls of a busy topic end as often as records come, and asking costs as much as a record:
        # a gap can wait for as long as an empty poll takes.
        now = asyncio.get_running_loop().time()
        if now < self._gaps_looked_for_at + self._limits.poll_timeout_s:
            return
        self._gaps_looked_for_at = now
        if self._counts.have_grown(self._consumer):
            join_anew(self._consumer)
        for partition, session in tuple(self._sessions.items()):
            if session.is_idle:
                session.passed(await self._known_position(partition))

    async def _known_position(self, partition: Partition) -> int:
        """The fetch position, or 0 where it is being looked up just now."""
        with suppress(TimeoutError, IllegalStateError):
            async with asyncio.timeout(0):
                return await self._consumer.position(topic_partition(partition))
        return 0

    async def _recover_poll(self, error: Exception) -> None:
        """Read on where the sessions stand: a poll that raised may have moved past records."""
        self._observer.poll_failed(described(error, Operation.READ))
        self._failed_polls += 1
        reading = {
            partition: session.position
            for partition, session in self._sessions.items()
            if session.position is not None
        }
        for partition, position in reading.items():
            with suppress(IllegalStateError):
                self._consumer.seek(topic_partition(partition), position)
        if self._failed_polls >= _ISOLATE_AFTER_POLLS and not isinstance(error, KafkaError):
            await self._isolate(reading)
        await asyncio.sleep(self._limits.poll_timeout_s)

    async def _isolate(self, partitions: Iterable[Partition]) -> None:
        """Poll each partition by itself, and give up what cannot be read; the others go on."""
        clock = asyncio.get_running_loop().time
        for partition in partitions:
            began = clock()
            session = self._sessions.get(partition)
            self._observer.polled()
            try:
                fetched = await self._consumer.getmany(
                    topic_partition(partition),
                    timeout_ms=_ISOLATION_TIMEOUT_MS,
                    max_records=self._limits.poll_records,
                )
            except KafkaError:
                continue
            except Exception as error:  # noqa: BLE001 - the partition's session ends and tells
                if session is not None:
                    session.fail(FailureReason.UNREADABLE, type(error).__name__)
            else:
                await self._hand_over(fetched, clock() - began)

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Take the partitions over; they stay paused until their sessions have begun."""
        self._consumer.pause(*map(topic_partition, partitions))
        for partition, history in self._histories.items():
            if self._stopping or partition not in partitions:
                history.left_running.drop_all()
        if self._stopping:
            return
        self._observer.partitions_assigned(partitions)
        # Not before, when it would hold the rebalance up: it may wait behind a fetch.
        self._tasks.create_task(refreshed(self._consumer))
        for partition in partitions:
            self._epoch += 1
            self._epochs[partition] = self._epoch
            # A former session that still waits for its last commit is fenced by this one's start.
            self._owners[partition] = self._tasks.create_task(self._own(partition, self._epoch))

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Give the partitions back: drain within the deadline that all of them share."""
        await self._drain(partitions, leave_running=not self._stopping)
        self._observer.partitions_revoked(partitions)

    async def _drain(self, partitions: Iterable[Partition], *, leave_running: bool) -> None:
        leaving = [partition for partition in partitions if partition in self._epochs]
        deadline = asyncio.get_running_loop().time() + self._limits.drain_timeout_s
        for partition in leaving:
            del self._epochs[partition]
            session = self._sessions.pop(partition, None)
            # Both where it is starting: the client may swallow a cancellation while it closes.
            if session is None or session.is_starting:
                self._owners[partition].cancel()
            if session is not None:
                session.drain(deadline, leave_running=leave_running)
        owners = [self._owners[partition] for partition in leaving]
        if owners:
            # A commit in flight is never cut off; what exceeds the bound is fenced by the next
            # owner, and ends by its own bound.
            await asyncio.wait(owners, timeout=self._limits.drain_timeout_s * 2)

    async def _own(self, partition: Partition, epoch: int) -> None:
        """Keep a session on the partition for as long as this epoch lasts."""
        delay_s = _FIRST_RETAKE_DELAY_S
        while self._epochs.get(partition) == epoch:
            session = self._new_session(partition)
            self._sessions[partition] = session
            self._fetch_wait.begins(partition)
            began = asyncio.get_running_loop().time()
            fenced = False
            try:
                await session.run()
                self._observer.session_ended(partition)
            except SessionFailed as failure:
                fenced = failure.reason is FailureReason.FENCED
                self._observer.session_failed(partition, failure.reason, failure.detail)
                release_frames(failure)
            finally:
                self._fetch_wait.begun(partition)
                if self._sessions.get(partition) is session:
                    del self._sessions[partition]
            if self._epochs.get(partition) != epoch:
                return
            with suppress(IllegalStateError):
                self._consumer.pause(topic_partition(partition))
            if asyncio.get_running_loop().time() - began > _MAX_RETAKE_DELAY_S:
                delay_s = _FIRST_RETAKE_DELAY_S
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, _MAX_RETAKE_DELAY_S)
            # A woken zombie must not fence the rightful owner in turn.
            while fenced and self._epochs.get(partition) == epoch:
                if await is_still_member(self._consumer):
                    break
                await asyncio.sleep(_FIRST_RETAKE_DELAY_S)

    def _new_session(self, partition: Partition) -> PartitionSession:
        subscription = self._subscriptions[partition.topic]
        return PartitionSession(
            partition,
            feed=ConsumerFeed(self._consumer, partition, self._fetch_wait),
            handler=subscription.new_handler(partition, self._partitions[partition.topic]),
            dead_letters=self._dead_letters,
            history=self._histories.setdefault(partition, PartitionHistory()),
            slots=subscription.slots,
            duplicate_offsets=subscription.duplicate_offsets,
            limits=self._limits,
            open_publisher=self._open_publisher,
            committed=self._committed,
            log_bounds=self._log_bounds,
            observer=self._observer,
        )

    async def _open_publisher(self, partition: Partition) -> OutcomePublisher:
        if self._limits.delivery is DeliveryMode.AT_LEAST_ONCE:
            return await IdempotentPublisher.open(
                self._connection,
                partition=partition,
                commit_offset=self._commit_offset,
                operation_timeout_s=self._limits.operation_timeout_s,
            )
        return await TransactionalPublisher.open(
            self._connection,
            group_id=self._group_id,
            partition=partition,
            transaction_timeout_s=self._limits.transaction_timeout_s,
            operation_timeout_s=self._limits.operation_timeout_s,
        )

    async def _commit_offset(self, partition: Partition, offset: int, metadata: str) -> None:
        await self._consumer.commit(
            {topic_partition(partition): OffsetAndMetadata(offset, metadata)}
        )


class _Listener(ConsumerRebalanceListener):
    """Hands rebalances over. The group's heartbeats stop while ``assigned`` runs."""

    def __init__(self, consumer: StreamConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride] - either
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        """Called before the group is joined anew; the member stays alive while it runs."""
        await self._consumer.revoked(partitions_of(revoked))

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called after the group has been joined."""
        self._consumer.assigned(partitions_of(assigned))
