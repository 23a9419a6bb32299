"""Adaptive concurrency: as many calls at once as the endpoint stands.

As TCP does it, the limit grows slowly and shrinks quickly: each round of answers raises it a
little, and before the first fall it doubles. Refusals and time-outs lower it by a part, but only
where they are more than a tenth of the latest calls. (Each single refusal lowering it, 5 % of
refusals held a worker at 4 calls.)
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from stream_service.analysis.llm.chain.intake import IntakeControl
from stream_service.analysis.llm.chain.refusal_share import CountedCall, RefusalShare
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import LlmError, RateLimited, TimedOut
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.question import Ask, Question, Run

DECREASE = 0.7
"""Halving, as TCP does, leaves more idle than a rate limit with its Retry-After asks for."""

GROWTH_A_ROUND = 0.05
"""From 70 to 500 in 40 rounds; one more in each round would take 430 of them."""

FIRST_LIMIT = 32
"""A server of one's own with a few slots is not flooded; a large one is filled in seconds."""

BESIDE_CALLS = 64
"""Events that may be under way beside two for each call that may run: before their call, after it,
or between two tries. Any more would wait for a place here, each with 66 KB of a graph that has
begun, instead of where they are a record of 4 KB: 2,000 of them made a worker that began on a
backlog take 404 MB, now 304, and its first 500 outcomes came after 12 s, now 6."""


@dataclass(frozen=True, slots=True)
class Place:
    """A call's place among those that may run."""

    era: int
    call: CountedCall


class ConcurrencyLimit:
    """How many calls may run, and who waits for a place, first come first served."""

    def __init__(
        self,
        *,
        most: int,
        first: int = FIRST_LIMIT,
        intake: IntakeControl,
        observer: LlmObserver,
    ) -> None:
        """``intake`` is bounded by the limit."""
        self._most = most
        self._limit = float(min(first, most))
        self._intake = intake
        self._observer = observer
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_probing = True
        self._era = 0
        self._refusals = RefusalShare()
        """Of as many calls as the limit allows at once, since it was last lowered."""
        self._tell()

    @property
    def limit(self) -> int:
        """Calls that may run at once."""
        return max(1, int(self._limit))

    @property
    def running(self) -> int:
        """Calls that run."""
        return self._running

    async def enter(self) -> Place:
        """Wait for a place, and begin."""
        if self._running < self.limit and not self._waiting:
            self._running += 1
            return self._begun()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The place was given in the same moment: somebody else must have it.
                self._running -= 1
                self._admit()
            raise
        return self._begun()

    def leave(self) -> None:
        """Give the place back."""
        self._running -= 1
        self._admit()

    def answered(self) -> None:
        """An answer came."""
        # A limit that nobody reaches says nothing about what the endpoint stands.
        if self._running < self.limit / 2 and not self._waiting:
            return
        step = 1.0 if self._is_probing else max(1.0 / self._limit, GROWTH_A_ROUND)
        self._set(min(float(self._most), self._limit + step))

    def refused(self, place: Place) -> None:
        """The call at ``place`` was refused, or timed out.

        Calls that began before the limit was last lowered say nothing about the present one.
        """
        if place.era != self._era:
            return
        place.call.is_refused = True
        if not self._refusals.is_too_large:
            return
        self._era += 1
        self._refusals.forget()
        self._is_probing = False
        self._set(max(1.0, self._limit * DECREASE))

    def _begun(self) -> Place:
        return Place(self._era, self._refusals.begin(latest=self.limit))

    def _set(self, limit: float) -> None:
        before = self.limit
        self._limit = limit
        if self.limit != before:
            self._tell()
            self._admit()

    def _tell(self) -> None:
        self._observer.concurrency_changed(self.limit)
        self._intake.bound(2 * self.limit + BESIDE_CALLS)

    def _admit(self) -> None:
        while self._waiting and self._running < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)


class WithinConcurrency:
    """Holds a place while it asks on."""

    def __init__(self, inner: Ask, limit: ConcurrencyLimit) -> None:
        self._inner = inner
        self._limit = limit

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Wait for a place, off the event's clock, and ask."""
        with run.deadline.stopped():
            place = await self._limit.enter()
        try:
            completion = await self._inner(question, run)
        except LlmError as error:
            if isinstance(error, RateLimited | TimedOut):
                self._limit.refused(place)
            raise
        else:
            self._limit.answered()
            return completion
        finally:
            self._limit.leave()
