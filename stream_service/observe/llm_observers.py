"""Several observers of the language model as one."""

from collections.abc import Sequence

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.contracts.judgement import DegradedReason, ModelUsage


class LlmObservers:
    """Tells each of them everything, in their order."""

    def __init__(self, observers: Sequence[LlmObserver]) -> None:
        self._all = tuple(observers)

    def call_ended(
        self,
        seconds: float,
        error_kind: str | None,
        tokens: Tokens | None,
        finish_reason: str | None,
    ) -> None:
        """One call ended."""
        for one in self._all:
            one.call_ended(seconds, error_kind, tokens, finish_reason)

    def call_repeated(self, error_kind: str) -> None:
        """A call is tried again."""
        for one in self._all:
            one.call_repeated(error_kind)

    def cache_asked(self, *, hit: bool) -> None:
        """The cache was asked."""
        for one in self._all:
            one.cache_asked(hit=hit)

    def concurrency_changed(self, limit: int) -> None:
        """So many calls may run at once from now on."""
        for one in self._all:
            one.concurrency_changed(limit)

    def outage_began(self, reason: DegradedReason, error_kind: str) -> None:
        """The breaker opened."""
        for one in self._all:
            one.outage_began(reason, error_kind)

    def outage_ended(self, seconds: float) -> None:
        """The breaker closed."""
        for one in self._all:
            one.outage_ended(seconds)

    def event_read(self, usage: ModelUsage, degraded: DegradedReason | None) -> None:
        """An event is read."""
        for one in self._all:
            one.event_read(usage, degraded)
