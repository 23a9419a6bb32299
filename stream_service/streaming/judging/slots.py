"""The global limit of running judges, shared fairly between partitions."""

import time
from collections.abc import Callable
from typing import Protocol

from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.start_pace import StartPace


class SlotUser(Protocol):
    """A session that may have work ready."""

    @property
    def has_ready(self) -> bool:
        """Whether ``start_next`` would start something."""
        ...

    def start_next(self) -> None:
        """Start the event that has been ready for the longest time."""
        ...


class JudgeSlots:
    """Counts running judges up to a limit.

    Sessions with ready work stand in a ring and start one event each in their turn, so that a
    flooded partition does not starve the others; and no faster than the event loop follows.
    """

    def __init__(
        self,
        limit: int,
        *,
        intake: Intake | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """``intake`` may lower the limit; ``clock`` tells how long the loop's turns take, in
        seconds.
        """
        self._limit = limit
        self._intake = intake or Intake()
        self._intake.on_widened(self._dispatch)
        self._running = 0
        self._ring: dict[SlotUser, None] = {}
        self._pace = StartPace(self._dispatch, clock=clock)

    @property
    def intake(self) -> Intake:
        """What may lower the limit, and pause the topic."""
        return self._intake

    @property
    def running(self) -> int:
        """Judges that run now."""
        return self._running

    def offer(self, user: SlotUser) -> None:
        """``user`` may have work ready; it is started as soon as a slot is free."""
        self._ring.setdefault(user)
        self._dispatch()

    def withdraw(self, user: SlotUser) -> None:
        """``user`` starts nothing more."""
        self._ring.pop(user, None)

    def release(self) -> None:
        """A judge that was started has ended."""
        self._running -= 1
        self._dispatch()

    def _most(self) -> int:
        most = self._intake.most
        return self._limit if most is None else min(self._limit, most)

    def _dispatch(self) -> None:
        while self._ring and self._running < self._most():
            user = next(iter(self._ring))
            if user.has_ready and not self._pace.take():
                return
            del self._ring[user]
            if user.has_ready:
                self._running += 1
                user.start_next()
            if user.has_ready:
                self._ring.setdefault(user)
