"""How many spans reached the collector, and how many did not."""

from typing import Literal, Protocol

from prometheus_client import CollectorRegistry, Counter


class SpanCount(Protocol):
    """Counts spans by what became of them; called from any thread."""

    def __call__(self, result: Literal["exported", "failed", "dropped"], count: int) -> None:
        """So many have been taken, refused, or dropped because the buffer is full."""
        ...


def count_nothing(result: str, count: int) -> None:
    """Where nobody reads the count."""


def span_count(registry: CollectorRegistry) -> SpanCount:
    """Count in ``registry``."""
    spans = Counter(
        "feedback_trace_spans",
        "Spans by what became of them: exported, failed at the collector, or dropped before it.",
        ["result"],
        registry=registry,
    )

    def count(result: str, count: int) -> None:
        spans.labels(result).inc(count)

    return count
