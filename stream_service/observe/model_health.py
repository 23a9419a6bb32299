"""What health tells of the language model."""

import time
from collections.abc import Mapping
from typing import Any

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable
from stream_service.contracts.judgement import DegradedReason, ModelUsage


class ModelHealth:
    """Knows of outages. An outage makes no worker unready: it goes on without the model."""

    def __init__(self) -> None:
        """Until it is told of a model, the local analyst judges."""
        self._told: dict[str, Any] = {"analyst": "local"}
        self._outage: tuple[float, str, str] | None = None
        self._last_call_failed_by: str | None = None

    def __call__(self) -> Mapping[str, Any]:
        """What there is to say."""
        outage = self._outage
        if outage is None:
            return {**self._told, "available": True, "last_error": self._last_call_failed_by}
        began, reason, error_kind = outage
        return {
            **self._told,
            "available": False,
            "outage_s": time.monotonic() - began,
            "reason": reason,
            "last_error": error_kind,
        }

    def of(self, *, provider: str, model: str, prices: PriceTable) -> "ModelHealth":
        """Observe this model; returns itself."""
        self._told = {"analyst": "llm", "provider": provider, "model": model}
        return self

    def call_ended(
        self,
        seconds: float,
        error_kind: str | None,
        tokens: Tokens | None,
        finish_reason: str | None,
    ) -> None:
        """Keep the last call's error."""
        self._last_call_failed_by = error_kind

    def call_repeated(self, error_kind: str) -> None:
        """Pass."""

    def cache_asked(self, *, hit: bool) -> None:
        """Pass."""

    def concurrency_changed(self, limit: int) -> None:
        """Pass."""

    def outage_began(self, reason: DegradedReason, error_kind: str) -> None:
        """Nothing is asked for now."""
        self._outage = (time.monotonic(), reason.value, error_kind)

    def outage_ended(self, seconds: float) -> None:
        """The model is asked again."""
        self._outage = None

    def event_read(self, usage: ModelUsage, degraded: DegradedReason | None) -> None:
        """Pass."""
