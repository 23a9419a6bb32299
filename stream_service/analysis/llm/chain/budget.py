"""The day's budget, in money or tokens. A day is one of UTC, and a worker counts for itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stream_service.analysis.llm.chain.breaker import Breaker
from stream_service.analysis.llm.completion import Completion, Tokens
from stream_service.analysis.llm.errors import BudgetSpent, LlmError
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.question import Ask, Question, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that a day may cost."""

    usd: float | None = None
    tokens: int | None = None


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class WithinBudget:
    """Lets calls through until the day's budget is spent; then opens the breaker until midnight.

    What a call cost is known after it, so the calls under way at that moment still go through.
    Usage that an endpoint does not tell is estimated here: an unknown cost is not nothing.
    """

    def __init__(
        self,
        inner: Ask,
        budget: Budget,
        prices: PriceTable,
        breaker: Breaker,
        *,
        model: str,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._inner = inner
        self._budget = budget
        self._prices = prices
        self._breaker = breaker
        self._model = model
        self._now = now
        self._day = now().date()
        self.spent_usd = 0.0
        self.spent_tokens = 0

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Ask if there is budget left. Raises BudgetSpent."""
        self._refuse_when_spent()
        try:
            completion = await self._inner(question, run)
        except LlmError as error:
            if error.tokens is not None:
                self._count(self._model, error.tokens, question)
            raise
        self._count(completion.model, completion.tokens, question)
        return completion

    def _refuse_when_spent(self) -> None:
        now = self._now()
        if now.date() != self._day:
            self._day, self.spent_usd, self.spent_tokens = now.date(), 0.0, 0
        if not self._is_spent():
            return
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        error = BudgetSpent("the day's budget is spent")
        self._breaker.trip(error.reason, error.kind, lasting_s=(midnight - now).total_seconds())
        raise error

    def _is_spent(self) -> bool:
        usd, tokens = self._budget.usd, self._budget.tokens
        return (usd is not None and self.spent_usd >= usd) or (
            tokens is not None and self.spent_tokens >= tokens
        )

    def _count(self, model: str, tokens: Tokens, question: Question) -> None:
        known = Tokens(
            input=question.input_tokens if tokens.input is None else tokens.input,
            output=question.max_output_tokens if tokens.output is None else tokens.output,
            cached_input=tokens.cached_input,
        )
        self.spent_tokens += (known.input or 0) + (known.output or 0)
        self.spent_usd += self._prices.cost_usd(model, known, asked=self._model) or 0.0
