"""What the language model does, as metrics.

Names, labels and buckets of the first two are OpenTelemetry's conventions for generative AI, as
Prometheus writes them. ``error_type`` is empty where nothing failed: to Prometheus an empty label
is none.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable
from stream_service.contracts.judgement import DegradedReason, ModelUsage

DURATION_BUCKETS_S = tuple(0.01 * 2**n for n in range(14))
"""The conventions' own: .01 doubling to 81.92."""

TOKEN_BUCKETS = tuple(4**n for n in range(14))
"""The conventions' own: 1 to 67,108,864."""

OPERATION = "chat"

BREAKER_STATES = ("closed", "open")


class LlmMetrics:
    """Counts calls, tokens, money and outages. It implements ``LlmObserver``.

    What an endpoint does not tell is counted as unknown, and nowhere as 0.
    """

    def __init__(
        self, registry: CollectorRegistry, *, provider: str, model: str, prices: PriceTable
    ) -> None:
        """``provider`` as ``Endpoint.provider`` names it; ``model`` is the one asked for, whose
        price it is that counts."""
        self._provider = provider
        self._model = model
        self._prices = prices
        of_call = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")
        self._durations = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "How long calls of the language model took, answered or not.",
            (*of_call, "error_type"),
            buckets=DURATION_BUCKETS_S,
            registry=registry,
        )
        self._tokens = Histogram(
            "gen_ai_client_token_usage",
            "Tokens of single calls, where the endpoint told them.",
            (*of_call, "gen_ai_token_type"),
            buckets=TOKEN_BUCKETS,
            registry=registry,
        )
        self._unknown_usage = Counter(
            "feedback_llm_unknown_usage",
            "Answers whose tokens the endpoint did not tell.",
            ("gen_ai_token_type",),
            registry=registry,
        )
        self._cost = Counter(
            "feedback_llm_cost_usd",
            "What answers cost by the price table, as far as it is known.",
            ("model",),
            registry=registry,
        )
        self._unknown_cost = Counter(
            "feedback_llm_unknown_cost",
            "Answers whose cost is not known: no usage was told, or the model has no price.",
            ("model",),
            registry=registry,
        )
        self._retries = Counter(
            "feedback_llm_retries",
            "Calls that were made again, by what had gone wrong.",
            ("error_type",),
            registry=registry,
        )
        self._cache = Counter(
            "feedback_llm_cache_requests",
            "Questions to the cache of answers.",
            ("result",),
            registry=registry,
        )
        self._limit = Gauge(
            "feedback_llm_concurrency_limit",
            "Calls that may run at once for now.",
            registry=registry,
        )
        self._breaker = Gauge(
            "feedback_llm_breaker_state",
            "1 for the state that the breaker is in: open while nothing is asked.",
            ("state",),
            registry=registry,
        )
        self._degraded = Counter(
            "feedback_degraded_events",
            "Events that were read without the language model although it was asked for.",
            ("reason",),
            registry=registry,
        )
        self._show_from_the_start()

    def call_ended(
        self,
        seconds: float,
        error_kind: str | None,
        tokens: Tokens | None,
        finish_reason: str | None,
    ) -> None:
        """Count a call, and its tokens and cost where it was answered."""
        of_call = (OPERATION, self._provider, self._model)
        self._durations.labels(*of_call, error_kind or "").observe(seconds)
        if tokens is None:
            return
        for kind, count in (("input", tokens.input), ("output", tokens.output)):
            if count is None:
                self._unknown_usage.labels(kind).inc()
            else:
                self._tokens.labels(*of_call, kind).observe(count)
        cost_usd = self._prices.cost_usd(self._model, tokens)
        if cost_usd is None:
            self._unknown_cost.labels(self._model).inc()
        else:
            self._cost.labels(self._model).inc(cost_usd)

    def call_repeated(self, error_kind: str) -> None:
        """Count it."""
        self._retries.labels(error_kind).inc()

    def cache_asked(self, *, hit: bool) -> None:
        """Count it."""
        self._cache.labels("hit" if hit else "miss").inc()

    def concurrency_changed(self, limit: int) -> None:
        """Show it."""
        self._limit.set(limit)

    def outage_began(self, reason: DegradedReason, error_kind: str) -> None:
        """Show the breaker open."""
        self._show_breaker("open")

    def outage_ended(self, seconds: float) -> None:
        """Show the breaker closed."""
        self._show_breaker("closed")

    def event_read(self, usage: ModelUsage, degraded: DegradedReason | None) -> None:
        """Count a degraded reading; calls have been counted one by one."""
        if degraded is not None:
            self._degraded.labels(degraded.value).inc()

    def _show_from_the_start(self) -> None:
        # A series that begins at its first event hides that event from rate() and increase().
        self._show_breaker("closed")
        for reason in DegradedReason:
            self._degraded.labels(reason.value)
        for result in ("hit", "miss"):
            self._cache.labels(result)
        for kind in ("input", "output"):
            self._unknown_usage.labels(kind)
        self._cost.labels(self._model)
        self._unknown_cost.labels(self._model)

    def _show_breaker(self, state: str) -> None:
        for one in BREAKER_STATES:
            self._breaker.labels(one).set(one == state)
