"""Trying again: what may succeed a moment later, for as long as the event's deadline allows.

LangGraph's and the SDK's own retries are off: the one repeats refused requests (langgraph#8802),
the other sleeps outside of its time-out (openai-python#3555).
"""

import asyncio
import random
from dataclasses import dataclass

from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import LlmError, RateLimited, ServerFailed
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.question import Ask, Question, Run

_MOST_DOUBLINGS = 60
"""Beyond every bound of a pause; at 1,024 the number is too large for a float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRetryPolicy:
    """Attempts with growing pauses between them."""

    attempts: int = 6
    """With 15 % of all calls failing by chance, one event in 88,000 fails six times."""
    first_delay_s: float = 0.5
    max_delay_s: float = 8.0

    def delay_s(self, failures: int) -> float:
        """Doubling, drawn from the whole range below it, so that retries do not march in step."""
        most = min(self.max_delay_s, self.first_delay_s * 2 ** min(failures - 1, _MOST_DOUBLINGS))
        return random.uniform(most / 4, most)  # noqa: S311 - spreads load, keeps no secret


class Retried:
    """Asks again after a passing failure."""

    def __init__(
        self, inner: Ask, observer: LlmObserver, policy: CallRetryPolicy | None = None
    ) -> None:
        self._inner = inner
        self._observer = observer
        self._policy = policy or CallRetryPolicy()

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Ask until it is answered, refused for good, or no time is left."""
        failures = 0
        while True:
            try:
                return await self._inner(question, run)
            except LlmError as error:
                failures += 1
                pause_s = self._pause_s(error, failures)
                if (
                    not error.retryable
                    or failures >= self._policy.attempts
                    or pause_s >= run.deadline.remaining_s
                ):
                    raise
                self._observer.call_repeated(error.kind)
            await asyncio.sleep(pause_s)

    def _pause_s(self, error: LlmError, failures: int) -> float:
        own = self._policy.delay_s(failures)
        asked = error.retry_after_s if isinstance(error, RateLimited | ServerFailed) else None
        # A little more than asked for, each a little different: all were told the same moment.
        return own if asked is None else max(own, asked * random.uniform(1, 1.1))  # noqa: S311
