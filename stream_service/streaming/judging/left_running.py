"""Work that outlives its session: taken over by the partition's next one in the same process."""

import asyncio
from dataclasses import dataclass

from stream_service.contracts.record import InputRecord
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.outcome import Outcome

_KEPT_S = 60.0
"""Bound on waiting to be taken over: a rebalance takes seconds, the slowest some tens of them."""


@dataclass(frozen=True, slots=True)
class RunningWork:
    """Work on a record that has begun, and how often it failed before."""

    record: InputRecord
    task: asyncio.Task[Outcome]
    failures: int


class _Left:
    """Work that waits for a new owner; it holds its slot until it has one, or has ended."""

    def __init__(self, work: RunningWork, slots: JudgeSlots, bound: asyncio.TimerHandle) -> None:
        self.work = work
        self.bound = bound
        self._slots = slots
        self._holds_slot = True
        work.task.add_done_callback(self._ended)

    def release(self) -> None:
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()

    def _ended(self, task: asyncio.Task[Outcome]) -> None:
        if not task.cancelled():
            # Seen, so that nobody logs it as never retrieved.
            task.exception()
        self.release()


class LeftRunning:
    """What the sessions of one partition left running.

    Rebalances are eager: every join and leave takes all partitions away from everybody, mostly to
    give them back, and a call to a language model costs money. So work that depends on nothing but
    its record may run on; whoever takes the same record again, because the committed progress lacks
    it, waits for that work instead of beginning anew. Its outcome is published by its new owner
    alone, as if it had begun it.
    """

    def __init__(self) -> None:
        self._left: dict[int, _Left] = {}
        self._ending: set[asyncio.Task[Outcome]] = set()

    def leave(self, work: RunningWork, slots: JudgeSlots) -> None:
        """Let ``work`` run on for a bounded time, in the slot that it has."""
        offset = work.record.offset
        self.drop(offset)
        bound = asyncio.get_running_loop().call_later(_KEPT_S, self.drop, offset)
        self._left[offset] = _Left(work, slots, bound)

    def claim(self, record: InputRecord) -> RunningWork | None:
        """Take over the work on ``record``, which the claimer has a slot for.

        Not that on another record: a topic that was created anew has others under old offsets.
        """
        left = self._left.get(record.offset)
        if left is None:
            return None
        if left.work.record != record:
            self.drop(record.offset)
            return None
        del self._left[record.offset]
        left.bound.cancel()
        left.release()
        return left.work

    def drop(self, offset: int) -> None:
        """Cancel the work at ``offset``, if there is any: nobody needs it."""
        left = self._left.pop(offset, None)
        if left is None:
            return
        left.bound.cancel()
        task = left.work.task
        if task.cancel():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def drop_all(self) -> None:
        """Cancel everything: another process has the partition, or this one ends."""
        for offset in tuple(self._left):
            self.drop(offset)

    async def end(self) -> None:
        """Cancel everything and wait until it has ended."""
        self.drop_all()
        if self._ending:
            await asyncio.wait(self._ending)
