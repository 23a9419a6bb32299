"""The whole chain, in the order in which a question passes through it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from stream_service.analysis.llm.chain.breaker import BehindBreaker, Breaker, BreakerGate
from stream_service.analysis.llm.chain.budget import Budget, WithinBudget
from stream_service.analysis.llm.chain.cache import AnswerStore, Cached
from stream_service.analysis.llm.chain.call import EndpointCall
from stream_service.analysis.llm.chain.concurrency import (
    FIRST_LIMIT,
    ConcurrencyLimit,
    WithinConcurrency,
)
from stream_service.analysis.llm.chain.intake import IntakeControl
from stream_service.analysis.llm.chain.rate import WithinRate
from stream_service.analysis.llm.chain.repair import Checked
from stream_service.analysis.llm.chain.retry import CallRetryPolicy, Retried
from stream_service.analysis.llm.chain.single_flight import SingleFlight
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.question import Ask

Link = Callable[[Ask], Ask]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPolicy:
    """Everything that a user may set about the chain."""

    most_calls: int = 200
    first_calls: int = FIRST_LIMIT
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    retry: CallRetryPolicy = field(default_factory=CallRetryPolicy)
    budget: Budget | None = None


def build_chain(
    call: EndpointCall,
    *,
    model: str,
    policy: ChainPolicy,
    breaker: Breaker,
    prices: PriceTable,
    store: AnswerStore | None,
    intake: IntakeControl,
    observer: LlmObserver,
) -> Ask:
    """Put the links together around ``call``."""
    limit = ConcurrencyLimit(
        most=policy.most_calls, first=policy.first_calls, intake=intake, observer=observer
    )
    budget = policy.budget
    links: list[Link] = [
        lambda inner: inner if store is None else Cached(inner, store, observer),
        SingleFlight,
        lambda inner: Checked(inner, observer),
        lambda inner: Retried(inner, observer, policy.retry),
        lambda inner: BehindBreaker(inner, breaker),
        lambda inner: (
            inner if budget is None else WithinBudget(inner, budget, prices, breaker, model=model)
        ),
        lambda inner: WithinRate(
            inner,
            requests_per_minute=policy.requests_per_minute,
            tokens_per_minute=policy.tokens_per_minute,
        ),
        lambda inner: WithinConcurrency(inner, limit),
        lambda inner: BreakerGate(inner, breaker),
    ]
    chain: Ask = call
    for link in reversed(links):
        chain = link(chain)
    return chain
