"""Which partitions are this process's, and the session at work on each of them."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from aiokafka.errors import IllegalStateError

from stream_service.streaming.client.closing import closes
from stream_service.streaming.client.fetch_wait import FetchWait
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.membership import Membership
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.partition import Partition
from stream_service.streaming.sessions.failure import release_frames
from stream_service.streaming.sessions.partition_history import PartitionHistory
from stream_service.streaming.sessions.session import PartitionSession

_FIRST_RETAKE_DELAY_S, _MAX_RETAKE_DELAY_S = 0.5, 15.0
"""Back-off before a failed session's partition is taken up again."""

NewSession = Callable[[Partition, PartitionHistory], PartitionSession]


class PartitionOwnership:
    """Keeps a session on each partition that the group has given to this process.

    A session that fails is replaced while the partition is still ours, and no other partition
    notices.
    """

    def __init__(
        self,
        *,
        consumer: Any,
        membership: Membership,
        fetch_wait: FetchWait,
        new_session: NewSession,
        tasks: asyncio.TaskGroup,
        drain_timeout_s: float,
        observer: StreamObserver,
    ) -> None:
        self._consumer = consumer
        self._membership = membership
        self._fetch_wait = fetch_wait
        self._new_session = new_session
        self._tasks = tasks
        self._drain_timeout_s = drain_timeout_s
        self._observer = observer
        self._histories: dict[Partition, PartitionHistory] = {}
        self._epochs: dict[Partition, int] = {}
        self._epoch = 0
        self._sessions: dict[Partition, PartitionSession] = {}
        self._owners: dict[Partition, asyncio.Task[None]] = {}
        self._ending = False

    @property
    def sessions(self) -> Mapping[Partition, PartitionSession]:
        """Those at work, or beginning, now."""
        return MappingProxyType(self._sessions)

    @property
    def partitions(self) -> Collection[Partition]:
        """All that the group has given to this process, also while no session is at work there."""
        return self._epochs.keys()

    async def aclose(self, timeout_s: float) -> None:
        """End what sessions have left running; ``timeout_s`` for each partition."""
        for history in self._histories.values():
            await closes(history.left_running.end(), timeout_s)

    def take(self, partitions: frozenset[Partition]) -> None:
        """Take the partitions over; they stay paused until their sessions have begun."""
        self._consumer.pause(*map(topic_partition, partitions))
        for partition, history in self._histories.items():
            if self._ending or partition not in partitions:
                history.leave_to_others()
        if self._ending:
            return
        self._observer.partitions_assigned(partitions)
        for partition in partitions:
            self._epoch += 1
            self._epochs[partition] = self._epoch
            # A former session that still waits for its last commit is fenced by this one's start.
            self._owners[partition] = self._tasks.create_task(self._own(partition, self._epoch))

    async def give_back(self, partitions: frozenset[Partition]) -> None:
        """Drain the partitions within the deadline that all of them share."""
        await self._drain(partitions, leave_running=not self._ending)
        self._observer.partitions_revoked(partitions)

    async def end(self) -> None:
        """Drain all, and take nothing any more."""
        self._ending = True
        await self._drain(tuple(self._epochs), leave_running=False)

    async def _drain(self, partitions: Iterable[Partition], *, leave_running: bool) -> None:
        leaving = [partition for partition in partitions if partition in self._epochs]
        deadline = asyncio.get_running_loop().time() + self._drain_timeout_s
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
            await asyncio.wait(owners, timeout=self._drain_timeout_s * 2)

    async def _own(self, partition: Partition, epoch: int) -> None:
        """Keep a session on the partition for as long as this epoch lasts."""
        delay_s = _FIRST_RETAKE_DELAY_S
        while self._epochs.get(partition) == epoch:
            history = self._histories.setdefault(partition, PartitionHistory())
            session = self._new_session(partition, history)
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
                if await self._membership.is_still_member():
                    break
                await asyncio.sleep(_FIRST_RETAKE_DELAY_S)
