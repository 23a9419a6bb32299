"""The rate that an account allows: requests and tokens a minute."""

import asyncio
import time
from collections.abc import Callable

from stream_service.analysis.llm.chain.refusal_share import RefusalShare
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import LlmError, RateLimited
from stream_service.analysis.llm.question import Ask, Question, Run

_BURST_S = 2.0
"""Seconds of the rate that may go at once: providers reckon in windows shorter than a minute."""

LONGEST_HOLD_S = 60.0
"""An endpoint that asks all callers to wait for longer is rather asked again."""

COUNTED_CALLS = 100
"""Of which the refused ones are counted, to tell a spent rate from a refusal by chance."""


class Bucket:
    """Lets ``per_minute`` units pass, a burst of them at once, in the order of asking.

    What is taken is paid for later: the bucket may go below zero, and the next one waits for it.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        burst_s: float = _BURST_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_s = per_minute / 60
        self._capacity = max(1.0, self._per_s * burst_s)
        self._level = self._capacity
        self._now = now
        self._at = now()

    def take(self, units: float) -> float:
        """Take ``units`` and return the seconds after which they may be used."""
        self._fill()
        self._level -= units
        return max(0.0, -self._level / self._per_s)

    def give_back(self, units: float) -> None:
        """Return units that were not used; negative ones are taken after the fact."""
        self._fill()
        self._level = min(self._capacity, self._level + units)

    def _fill(self) -> None:
        now = self._now()
        self._level = min(self._capacity, self._level + (now - self._at) * self._per_s)
        self._at = now


class WithinRate:
    """Keeps to the account's rate, and holds everybody back when the endpoint asks for it.

    It asks for it by refusing more than a few calls with a Retry-After. One refused call alone
    waits by itself, in its retry: were all to wait with it, at 5 % of refusals somebody would
    always have been told to, and calls would go out in bursts.
    """

    def __init__(
        self,
        inner: Ask,
        *,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
    ) -> None:
        self._inner = inner
        self._requests = Bucket(requests_per_minute) if requests_per_minute else None
        self._tokens = Bucket(tokens_per_minute) if tokens_per_minute else None
        self._held_until = 0.0
        self._refusals = RefusalShare()

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Wait for the rate, off the event's clock, and ask."""
        reserved = question.input_tokens + question.max_output_tokens
        with run.deadline.stopped():
            await self._wait(reserved)
        used: int | None = 0
        call = self._refusals.begin(latest=COUNTED_CALLS)
        try:
            completion = await self._inner(question, run)
            used = _sum(completion.tokens.input, completion.tokens.output)
        except LlmError as error:
            if error.tokens is not None:
                used = _sum(error.tokens.input, error.tokens.output)
            if isinstance(error, RateLimited):
                call.is_refused = True
                if error.retry_after_s and self._refusals.is_too_large:
                    self._hold(error.retry_after_s)
            raise
        finally:
            if self._tokens is not None and used is not None:
                self._tokens.give_back(reserved - used)
        return completion

    async def _wait(self, tokens: int) -> None:
        # The reservations order the waiters: nobody overtakes, however long each sleeps.
        wait_s = self._held_until - time.monotonic()
        if self._requests is not None:
            wait_s = max(wait_s, self._requests.take(1))
        if self._tokens is not None:
            wait_s = max(wait_s, self._tokens.take(tokens))
        try:
            while wait_s > 0:
                await asyncio.sleep(wait_s)
                wait_s = self._held_until - time.monotonic()
        except asyncio.CancelledError:
            if self._requests is not None:
                self._requests.give_back(1)
            if self._tokens is not None:
                self._tokens.give_back(tokens)
            raise

    def _hold(self, seconds: float) -> None:
        until = time.monotonic() + min(seconds, LONGEST_HOLD_S)
        self._held_until = max(self._held_until, until)


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second
