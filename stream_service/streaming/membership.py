"""This process as a member of its group, where aiokafka has no public call for it (0.14)."""

import asyncio
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.protocol.group import SyncGroupRequest

from stream_service.streaming.errors import ClientEnded

_FENCED_INSTANCE_ID = 82
"""Kafka's protocol, error codes. aiokafka has no name for it."""

_ANSWER_TIMEOUT_S = 2.0
"""A rebalance waits for it; a coordinator that is well answers within milliseconds."""


class Membership:
    """A place in the group: the client's until the group gives it to another process."""

    def __init__(self, consumer: Any, group_id: str, group_instance_id: str | None) -> None:
        """``consumer`` is an aiokafka consumer that has started by the time of the first call."""
        self._consumer = consumer
        self._group_id = group_id
        self._group_instance_id = group_instance_id
        self._joined_as: tuple[int, str] | None = None

    def joined(self) -> None:
        """Say that the group has been joined: as whom is kept for ``is_taken``."""
        coordinator = self._consumer._coordinator
        self._joined_as = (coordinator.generation, coordinator.member_id)

    async def is_still_member(self) -> bool:
        """Send a heartbeat now; True once the coordinator has acknowledged it.

        A process that was asleep for longer than the session time-out believes for a moment that
        its partitions are still its own. Only an answer to a heartbeat sent after it woke up tells.
        """
        try:
            return bool(await self._consumer._coordinator._do_heartbeat())
        except KafkaError:
            return False

    async def is_taken(self) -> bool:
        """Whether another process has joined with our ``group.instance.id`` since we have.

        The broker puts the older one out (KIP-345). aiokafka sends the id with a join and its sync
        alone: it learns that nobody knows it, as after an expired session, joins again, and so puts
        the other out. A sync as the member that we were tells the one from the other, and changes
        nothing. False as well where there is no answer within two seconds.
        """
        if self._group_instance_id is None or self._joined_as is None:
            return False
        request = SyncGroupRequest(self._group_id, *self._joined_as, self._group_instance_id, [])
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                answer = await self._consumer._coordinator._send_req(request)
        except (KafkaError, TimeoutError):
            return False
        return answer.error_code == _FENCED_INSTANCE_ID

    @property
    def is_joining(self) -> bool:
        """Whether nothing is assigned just now: a poll waits until the group has settled."""
        return bool(self._consumer._subscription.reassignment_in_progress)

    def join_where_silent(self) -> None:
        """Join the group anew where the client has stopped its heartbeats, or the like.

        Whatever they cannot make sense of ends them, a right that is taken away for a moment too.
        aiokafka begins them again with the next join alone, and complains at every poll until then.
        """
        coordinator = self._consumer._coordinator
        for task in (coordinator._heartbeat_task, coordinator._commit_refresh_task):
            if task is not None and _has_failed(task):
                coordinator.request_rejoin()

    def require_running(self) -> None:
        """Raises ClientEnded where the client will do nothing more, whatever becomes of Kafka."""
        for task in (
            self._consumer._coordinator._coordination_task,
            self._consumer._fetcher._fetch_task,
        ):
            if task.done():
                error = None if task.cancelled() else task.exception()
                cause = error and (error.__cause__ or error)
                raise ClientEnded(f"{task.get_coro().__qualname__}: {cause!r}") from error

    def join_anew(self) -> None:
        """Join the group again as soon as may be; it gives its partitions out anew at news."""
        self._consumer._coordinator.request_rejoin()

    def leave_at_close(self) -> None:
        """Have a static member leave the group when it is closed, as any other does."""
        self._consumer._coordinator._group_instance_id = None

    def end(self) -> None:
        """Join the group no more, also where it is just about to (within a rebalance)."""
        self._consumer._coordinator._coordination_task.cancel()


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
