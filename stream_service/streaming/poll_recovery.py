"""Reading on after a poll that failed, and finding the partition that no poll can get past."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

from aiokafka.errors import IllegalStateError, KafkaError

from stream_service.streaming.access.denials import denial_of
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.client.unpacking import UnreadableBatch
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.ownership import PartitionOwnership
from stream_service.streaming.partition import Partition
from stream_service.streaming.polling import Polling

_ISOLATE_AFTER_POLLS = 2
"""One failed poll may be chance; the second one in a row has a cause in some partition. Those that
hold nothing take half a second each, in which nobody else is read."""

_ISOLATION_TIMEOUT_S = 0.5
"""A fetch that holds something answers within milliseconds."""

HandOver = Callable[[Any, float], Awaitable[None]]
"""Gives what a poll has got to the sessions; the second argument is how long it took, in s."""


class PollRecovery:
    """Counts failed polls in a row, and ends the session of a partition that cannot be read."""

    def __init__(
        self,
        *,
        consumer: Any,
        polling: Polling,
        ending: asyncio.Event,
        ownership: PartitionOwnership,
        hand_over: HandOver,
        limits: StreamLimits,
        observer: StreamObserver,
    ) -> None:
        self._consumer = consumer
        self._polling = polling
        self._ending = ending
        self._ownership = ownership
        self._hand_over = hand_over
        self._limits = limits
        self._observer = observer
        self._failed_polls = 0

    def succeeded(self) -> None:
        """Say that a poll has not failed."""
        self._failed_polls = 0

    async def read_on(self, error: Exception) -> None:
        """Read on where the sessions stand: a poll that raised may have moved past records.

        Returns once the next poll may begin: after a partition has been given up, or a poll's time.
        """
        self._failed_polls += 1
        self._give_up_denied(error)
        reading = {
            partition: session.position
            for partition, session in self._ownership.sessions.items()
            if session.position is not None
        }
        for partition, position in reading.items():
            with suppress(IllegalStateError):
                self._consumer.seek(topic_partition(partition), position)
        if await self._has_isolated(self._suspected(error, reading)):
            return
        await asyncio.sleep(self._limits.poll_timeout_s)

    def _suspected(self, error: Exception, reading: Collection[Partition]) -> Sequence[Partition]:
        """Those of ``reading`` that may be what no poll gets past, the likeliest first."""
        if isinstance(error, UnreadableBatch) and error.place is not None:
            named = Partition(error.place.topic, error.place.partition)
            return [named] if named in reading else []
        if self._failed_polls < _ISOLATE_AFTER_POLLS or isinstance(error, KafkaError):
            return []
        # The session that has begun last comes first: its partition has been given up before.
        return [*reading][::-1]

    def _give_up_denied(self, error: Exception) -> None:
        """End the sessions of topics that must not be read: others' polls would fail with them."""
        denial = denial_of(error, Operation.READ)
        denied = {rule.name for rule in denial.rules} if denial is not None else ()
        for partition, session in self._ownership.sessions.items():
            if partition.topic in denied:
                session.give_up(FailureReason.START_FAILED, str(denial))

    async def _has_isolated(self, partitions: Iterable[Partition]) -> bool:
        """Poll each partition by itself, and give up the first one that cannot be read.

        True as well once the consumer ends.
        """
        for partition in partitions:
            error = await self._failure_alone(partition)
            if self._ending.is_set():
                return True
            if error is not None:
                session = self._ownership.sessions.get(partition)
                if session is not None:
                    is_ours = isinstance(error, UnreadableBatch)
                    detail = str(error) if is_ours else type(error).__name__
                    session.give_up(FailureReason.UNREADABLE, detail)
                return True
        return False

    async def _failure_alone(self, partition: Partition) -> Exception | None:
        """Poll one by one: with what cannot be read, what a poll has got before it is lost."""
        clock = asyncio.get_running_loop().time
        for _ in range(self._limits.poll_records):
            began = clock()
            try:
                fetched = await self._polling.poll(
                    topic_partition(partition), timeout_s=_ISOLATION_TIMEOUT_S, max_records=1
                )
            except KafkaError:
                return None
            except Exception as error:  # noqa: BLE001 - the partition's session ends and tells
                return error
            if not fetched:
                return None
            await self._hand_over(fetched, clock() - began)
        return None
