"""Single flight: the same question, asked by many at once, is asked once."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.question import Ask, Question, Run


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Completion]
    passengers: int = 0


class SingleFlight:
    """Shares a call that is under way. It ends with the last one who waits for it."""

    def __init__(self, inner: Ask) -> None:
        self._inner = inner
        self._flights: dict[str, _Flight] = {}

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Ask, or wait for whoever is asking the same. The first one pays and has the failure too.

        The cancellation of one never ends it for the others.
        """
        key = question.cache_key
        flight = self._flights.get(key)
        is_first = flight is None
        if flight is None:
            flight = _Flight(asyncio.create_task(self._fly(question, run)))
            self._flights[key] = flight
            flight.task.add_done_callback(partial(self._landed, key, flight))
        flight.passengers += 1
        try:
            completion = await asyncio.shield(flight.task)
        finally:
            flight.passengers -= 1
            if flight.passengers == 0 and not flight.task.done():
                # Nobody is left who wants it: it ends before the last one goes, and whoever asks
                # the same meanwhile asks anew.
                self._landed(key, flight, flight.task)
                flight.task.cancel()
                await asyncio.wait({flight.task})
        return completion if is_first else replace(completion, is_cached=True)

    async def _fly(self, question: Question, run: Run) -> Completion:
        return await self._inner(question, run)

    def _landed(self, key: str, flight: _Flight, task: asyncio.Task[Completion]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if task.done() and not task.cancelled():
            # Seen here, lest asyncio complain of a failure whose last passenger has gone.
            task.exception()
