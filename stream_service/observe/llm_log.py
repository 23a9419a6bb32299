"""What the language model does, as log events. No text of anybody's is in them."""

from stream_service.analysis.llm.completion import Tokens
from stream_service.contracts.judgement import DegradedReason, ModelUsage
from stream_service.observe.logs import logger

_NEED_PEOPLE = frozenset({"quota", "not_authorised", "unknown_model", "redirected", "budget"})
"""Waiting does not mend these."""


class LoggingLlmObserver:
    """Logs outages, and what single calls do at level debug."""

    def __init__(self) -> None:
        self._log = logger()

    def call_ended(
        self,
        seconds: float,
        error_kind: str | None,
        tokens: Tokens | None,
        finish_reason: str | None,
    ) -> None:
        """Log a failure at level debug: single ones are everyday."""
        if error_kind is not None:
            self._log.debug("llm_call_failed", error_kind=error_kind, seconds=round(seconds, 3))

    def call_repeated(self, error_kind: str) -> None:
        """Log at level debug."""
        self._log.debug("llm_call_repeated", error_kind=error_kind)

    def cache_asked(self, *, hit: bool) -> None:
        """Pass: a figure, not an event."""

    def concurrency_changed(self, limit: int) -> None:
        """Log at level debug."""
        self._log.debug("llm_concurrency_changed", limit=limit)

    def outage_began(self, reason: DegradedReason, error_kind: str) -> None:
        """Say it, loudly where people must act."""
        say = self._log.error if error_kind in _NEED_PEOPLE else self._log.warning
        say("llm_outage_began", reason=reason.value, error_kind=error_kind)

    def outage_ended(self, seconds: float) -> None:
        """Say it."""
        self._log.info("llm_outage_ended", seconds=round(seconds, 1))

    def event_read(self, usage: ModelUsage, degraded: DegradedReason | None) -> None:
        """Log a degraded reading."""
        if degraded is not None:
            self._log.info("llm_event_degraded", reason=degraded.value, calls=usage.calls)
