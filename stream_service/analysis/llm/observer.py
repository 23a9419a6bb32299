"""Who watches the asking."""

from typing import Protocol

from stream_service.analysis.llm.completion import Tokens
from stream_service.contracts.judgement import DegradedReason, ModelUsage


class LlmObserver(Protocol):
    """Is told what the chain does; metrics, logs and spans are made of it. It must not raise."""

    def call_ended(
        self,
        seconds: float,
        error_kind: str | None,
        tokens: Tokens | None,
        finish_reason: str | None,
    ) -> None:
        """One call ended.

        ``error_kind`` is None for an answer. ``tokens`` and ``finish_reason`` are None where the
        endpoint did not tell them; the latter is one of ``completion.FINISH_REASONS``.
        """
        ...

    def call_repeated(self, error_kind: str) -> None:
        """A call is tried again because of that."""
        ...

    def cache_asked(self, *, hit: bool) -> None:
        """The cache was asked."""
        ...

    def concurrency_changed(self, limit: int) -> None:
        """So many calls may run at once from now on."""
        ...

    def outage_began(self, reason: DegradedReason, error_kind: str) -> None:
        """The breaker opened: nothing is asked for now."""
        ...

    def outage_ended(self, seconds: float) -> None:
        """The breaker closed after so long."""
        ...

    def event_read(self, usage: ModelUsage, degraded: DegradedReason | None) -> None:
        """An event is read, by the model or, with a reason, without it."""
        ...
