"""The consumer: a member of the group that polls, and hands the records to their sessions."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError
from aiokafka.structs import OffsetAndMetadata

from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import close_consumer, closes, end_tasks, uninterrupted
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.fetch_wait import FetchWait
from stream_service.streaming.client.records import input_record, partitions_of, topic_partition
from stream_service.streaming.client.refusals import described
from stream_service.streaming.client.startup import finished_before, start_bounded
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import (
    ClientEnded,
    GroupInstanceIdTaken,
    NotCopartitioned,
)
from stream_service.streaming.group_consumer import new_group_consumer
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.membership import Membership
from stream_service.streaming.missing_leaders import MissingLeaders
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.offsets.committed import CommittedOffsets
from stream_service.streaming.offsets.log_bounds import LogBounds
from stream_service.streaming.ownership import PartitionOwnership
from stream_service.streaming.partition import Partition
from stream_service.streaming.partition_counts import PartitionCounts, refreshed
from stream_service.streaming.poll_recovery import PollRecovery
from stream_service.streaming.polling import Polling
from stream_service.streaming.publishing.idempotent import IdempotentPublisher
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode, OutcomePublisher
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from stream_service.streaming.sessions.feed import ConsumerFeed
from stream_service.streaming.sessions.partition_history import PartitionHistory
from stream_service.streaming.sessions.session import PartitionSession
from stream_service.streaming.subscription import Subscription
from stream_service.streaming.topic_administration import TopicAdministration

_LEAVE_TIMEOUT_S = 10.0
"""Bound on leaving the group: the group takes the partitions back without us as well."""


class StreamConsumer:
    """Reads the subscribed topics in a consumer group, and has each record worked on exactly once.

    A partition that is assigned gets a session of its own (``ownership.py``).
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
        self._tasks = asyncio.TaskGroup()
        self._ending = asyncio.Event()
        self._is_put_out = False
        self._client_ended: ClientEnded | None = None
        self._gaps_looked_for_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then drain, commit and leave the group.

        A start that still waits for the cluster then is cut off. Raises BrokerUnreachable,
        MissingTopics, NotCopartitioned, GroupInstanceIdTaken, ClientEnded.
        """
        self._consumer = new_group_consumer(
            self._connection,
            group_id=self._group_id,
            group_instance_id=self._group_instance_id,
            limits=self._limits,
            counts=self._counts,
        )
        self._fetch_wait = FetchWait(self._consumer)
        self._membership = Membership(self._consumer, self._group_id, self._group_instance_id)
        self._ownership = PartitionOwnership(
            consumer=self._consumer,
            membership=self._membership,
            fetch_wait=self._fetch_wait,
            new_session=self._new_session,
            tasks=self._tasks,
            drain_timeout_s=self._limits.drain_timeout_s,
            observer=self._observer,
        )
        self._missing_leaders = MissingLeaders(self._consumer, self._observer)
        self._polling = Polling(
            consumer=self._consumer,
            membership=self._membership,
            ending=self._ending,
            observer=self._observer,
        )
        self._recovery = PollRecovery(
            consumer=self._consumer,
            polling=self._polling,
            ending=self._ending,
            ownership=self._ownership,
            hand_over=self._hand_over,
            limits=self._limits,
            observer=self._observer,
        )
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
        await self._ownership.aclose(_LEAVE_TIMEOUT_S)
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
            stopping = self._tasks.create_task(self._end_at(stop))
            await self._poll_until_end()
            await self._ownership.end()
            if self._leave_at_stop:
                self._membership.leave_at_close()
            await close_consumer(self._consumer, _LEAVE_TIMEOUT_S)
            await end_tasks((stopping,))
        if self._is_put_out:
            raise GroupInstanceIdTaken(self._group_id, self._group_instance_id)
        if self._client_ended is not None:
            raise self._client_ended

    async def _end_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._ending.set()

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

    async def _poll_until_end(self) -> None:
        clock = asyncio.get_running_loop().time
        while not self._ending.is_set():
            began = clock()
            try:
                polled = await self._polling.poll(
                    timeout_s=self._limits.poll_timeout_s, max_records=self._limits.poll_records
                )
            except Exception as error:  # noqa: BLE001 - told, and read on from where sessions stand
                await self._recover_poll(error)
            else:
                if polled is None:
                    return
                self._recovery.succeeded()
                await self._hand_over(polled, clock() - began)
            try:
                self._membership.require_running()
            except ClientEnded as ended:
                self._client_ended = ended
                self._ending.set()

    async def _hand_over(self, polled: dict[TopicPartition, list[Any]], duration_s: float) -> None:
        fetched = {
            Partition(place.topic, place.partition): [input_record(record) for record in records]
            for place, records in polled.items()
        }
        if fetched:
            self._observer.fetched(fetched, duration_s)
        for partition, records in fetched.items():
            session = self._ownership.sessions.get(partition)
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
            self._membership.join_anew()
        self._missing_leaders.look(self._ownership.partitions)
        for partition, session in tuple(self._ownership.sessions.items()):
            if session.is_idle:
                session.passed(await self._known_position(partition))

    async def _known_position(self, partition: Partition) -> int:
        """The fetch position, or 0 where it is being looked up just now."""
        with suppress(TimeoutError, IllegalStateError):
            async with asyncio.timeout(0):
                return await self._consumer.position(topic_partition(partition))
        return 0

    async def _recover_poll(self, error: Exception) -> None:
        self._observer.poll_failed(described(error, Operation.READ))
        if await self._membership.is_taken():
            self._put_out()
            return
        self._membership.join_where_silent()
        await self._recovery.read_on(error)

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Take the partitions over. The group's heartbeats stop while this runs."""
        self._membership.joined()
        self._ownership.take(partitions)
        if not self._ending.is_set():
            # Not before, when it would hold the rebalance up: it may wait behind a fetch.
            self._tasks.create_task(refreshed(self._consumer))

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Give the partitions back before the group is joined anew; this member stays alive."""
        await self._end_if_taken()
        await self._ownership.give_back(partitions)
        # That takes its time, in which a heartbeat may have learned it and forgotten who we were:
        # the join that follows would be as somebody new, and put the other process out.
        await self._end_if_taken()

    async def _end_if_taken(self) -> None:
        """Within a rebalance: join no more where another process has our place."""
        if self._ending.is_set() or not await self._membership.is_taken():
            return
        self._put_out()
        # This runs in the task that was just cancelled. It would go on to its next wait, which is
        # the one for the answer to its join: sent, that puts the other process out as well.
        await asyncio.sleep(0)

    def _put_out(self) -> None:
        self._membership.end()
        self._is_put_out = True
        self._ending.set()

    def _new_session(self, partition: Partition, history: PartitionHistory) -> PartitionSession:
        subscription = self._subscriptions[partition.topic]
        handler = history.take_handler()
        if handler is None:
            handler = subscription.new_handler(partition, self._partitions[partition.topic])
        return PartitionSession(
            partition,
            feed=ConsumerFeed(self._consumer, partition, self._fetch_wait),
            handler=handler,
            dead_letters=self._dead_letters,
            history=history,
            slots=subscription.slots,
            duplicate_offsets=subscription.duplicate_offsets,
            read_again_offsets=subscription.read_again_offsets,
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
    """Hands rebalances over."""

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
