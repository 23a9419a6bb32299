"""The breaker: while the endpoint is down nothing is asked, and events wait with stopped clocks."""

import asyncio
import itertools
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import (
    BudgetSpent,
    Declined,
    InvalidAnswer,
    LlmError,
    NotAuthorised,
    OutageLasts,
    QuotaExhausted,
    RequestRefused,
    Unusable,
    degraded_reason,
)
from stream_service.analysis.llm.question import Ask, Question, Run
from stream_service.contracts.judgement import DegradedReason

QUESTIONS_REMEMBERED = 1_000
"""Of those that were refused as if the endpoint were unusable: more than are ever under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """When failures are an outage."""

    last_calls: int = 20
    failed_share: float = 0.75
    """Of the last calls. With every seventh call failing by chance (15 %), 15 failures among 20
    come about three times in a thousand million."""
    fewest_failures: int = 5
    """So many, and no answer beside them, are an outage where fewer calls were made."""
    within_s: float = 30.0
    """Older calls say nothing about now."""
    patience_s: float = 300.0
    """How long events wait for the end of an outage; 0 for not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Why nothing is asked."""

    reason: DegradedReason
    error_kind: str
    began: float
    """On the breaker's clock, in seconds."""
    until: float | None = None
    """On the same clock, where the end is known before; nothing is probed until then."""


class Breaker:
    """Closed while the endpoint answers, open in an outage."""

    def __init__(
        self, policy: BreakerPolicy | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy = policy or BreakerPolicy()
        self._now = now
        self._calls: deque[tuple[float, bool]] = deque(maxlen=self._policy.last_calls)
        self._closed = asyncio.Event()
        self._closed.set()
        self._opened = asyncio.Event()
        self._turns = itertools.count(1)
        """What comes in which order, however coarse the clock."""
        self._refused: OrderedDict[str, int] = OrderedDict()
        """The questions' keys, with the turn at which each was refused first."""
        self._answered_turn = 0
        """When the latest of the calls that were answered was begun."""
        self._probed_turn = 0
        self._answered_at: float | None = None
        """When the last call was answered, if it was; None after a refusal."""
        self._patience_spent_s = 0.0
        """In outages that a probe ended, while no question was answered since."""
        self.outage: Outage | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is an outage."""
        return self.outage is not None

    @property
    def patience_left_s(self) -> float:
        """How long events wait still; 0 where there is no outage or the patience is over."""
        if self.outage is None:
            return 0.0
        left_s = self._policy.patience_s - self._patience_spent_s
        return max(0.0, self.outage.began + left_s - self._now())

    def record(self, error: LlmError | None) -> None:
        """Count a call that was answered (None) or failed."""
        now = self._now()
        if error is None or not error.counts_as_outage:
            self._calls.append((now, False))
            return
        self._calls.append((now, True))
        if self._is_outage(now):
            # Of the outage people are told as such; what the single calls met is in the metrics.
            self.trip(DegradedReason.BREAKER_OPEN, error.kind)

    def trip(
        self, reason: DegradedReason, error_kind: str, *, lasting_s: float | None = None
    ) -> None:
        """Open at once, for ``lasting_s`` seconds where that is known; an open one stays."""
        if self.outage is not None:
            return
        now = self._now()
        until = None if lasting_s is None else now + lasting_s
        self.outage = Outage(reason=reason, error_kind=error_kind, began=now, until=until)
        self._closed.clear()
        self._opened.set()

    def close(self) -> float:
        """The endpoint answers a probe, or the end that was known is there.

        Return how many seconds the outage lasted.
        """
        if self.outage is None:
            return 0.0
        lasted_s = self._now() - self.outage.began
        if self.outage.until is None:
            # A question may need what a probe does not: the rest of a quota pays for one word.
            # Should the outage only go on, events wait as long as for a single one.
            self._patience_spent_s += lasted_s
            self._probed_turn = next(self._turns)
        self.outage = None
        self._calls.clear()
        self._opened.clear()
        self._closed.set()
        return lasted_s

    async def wait_open(self) -> Outage:
        """Return at the next outage, or at once in one."""
        while self.outage is None:
            await self._opened.wait()
        return self.outage

    async def wait_until_asked(self) -> None:
        """Return when calls may be made. Raises OutageLasts at the end of the patience."""
        while (outage := self.outage) is not None:
            left_s = self.patience_left_s
            try:
                async with asyncio.timeout(left_s):
                    await self._closed.wait()
            except TimeoutError:
                raise OutageLasts(
                    f"no language model since {self._now() - outage.began:.0f} s"
                    f" ({outage.error_kind})",
                    reason=outage.reason,
                ) from None

    def begin(self) -> int:
        """Return the turn of a call that is made now."""
        return next(self._turns)

    def answered(self, question: Question, turn: int) -> None:
        """Remember that ``question`` was answered, well or badly: the endpoint can be used."""
        self._answered_at = self._now()
        self._answered_turn = max(self._answered_turn, turn)
        self._patience_spent_s = 0.0
        self._refused.pop(question.cache_key, None)

    def is_of_the_question(self, question: Question, error: Unusable) -> bool:
        """Whether ``error`` is about ``question`` alone, and the endpoint can be used for others.

        A 403 may mean the key, or one text that somebody on the way does not let through. It is the
        text's where the call just before was answered, and where the same question was refused
        once and the endpoint has been found well since. A probe does not find that of a quota.
        """
        before, self._answered_at = self._answered_at, None
        key = question.cache_key
        # An answer to a call that began before says only how it was before.
        found_well = self._answered_turn
        if not isinstance(error, QuotaExhausted):
            found_well = max(found_well, self._probed_turn)
        refused_turn = self._refused.setdefault(key, next(self._turns))
        if len(self._refused) > QUESTIONS_REMEMBERED:
            self._refused.popitem(last=False)
        if self.is_open:
            # Who waits for the end of the outage is asked again after it.
            return False
        if refused_turn < found_well:
            return True
        return (
            isinstance(error, NotAuthorised)
            and before is not None
            and self._now() - before <= self._policy.within_s
        )

    def _is_outage(self, now: float) -> bool:
        policy = self._policy
        recent = [failed for at, failed in self._calls if now - at <= policy.within_s]
        failures = sum(recent)
        if len(recent) == policy.last_calls:
            return failures >= policy.failed_share * policy.last_calls
        return failures >= policy.fewest_failures and failures == len(recent)


class Overtaken(LlmError):
    """The breaker opened while the call waited for its turn; it was not made."""


class BreakerGate:
    """Stands right before the call: who waited for a place may have been overtaken."""

    def __init__(self, inner: Ask, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Ask, unless the breaker opened meanwhile, and record what came of it."""
        if self._breaker.is_open:
            raise Overtaken("the breaker opened meanwhile")
        turn = self._breaker.begin()
        try:
            completion = await self._inner(question, run)
        except (InvalidAnswer, Declined, RequestRefused):
            self._breaker.record(None)  # a bad answer is one: the endpoint is there
            self._breaker.answered(question, turn)
            raise
        except LlmError as error:
            self._breaker.record(error)
            if isinstance(error, Unusable):
                if self._breaker.is_of_the_question(question, error):
                    raise RequestRefused(f"this question alone: {error}") from None
                self._breaker.trip(degraded_reason(error), error.kind)
            raise
        self._breaker.record(None)
        self._breaker.answered(question, turn)
        return completion


class BehindBreaker:
    """Lets an event wait through an outage instead of failing."""

    def __init__(self, inner: Ask, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Ask when the endpoint can be asked; what fails into an outage is asked again after it.

        Raises OutageLasts when it lasts longer than the patience.
        """
        while True:
            with run.deadline.stopped():
                await self._breaker.wait_until_asked()
            try:
                return await self._inner(question, run)
            except Overtaken:
                continue
            except LlmError as error:
                outlasted = error.counts_as_outage or isinstance(error, Unusable | BudgetSpent)
                if not (outlasted and self._breaker.is_open):
                    raise
