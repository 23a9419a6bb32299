"""How long each node of the graph takes."""

import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from prometheus_client import CollectorRegistry, Histogram

from stream_service.observe.metrics.labelled import labelled

_BUCKETS_S = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
)
"""From a node that only routes to one that waits for a language model."""


class NodeMetrics:
    """Measures the runs of nodes, those that fail with them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._duration = labelled(
            Histogram(
                "feedback_node_duration_seconds",
                "How long one run of a node of the graph took.",
                ["node"],
                buckets=_BUCKETS_S,
                registry=registry,
            )
        )

    def node(self, name: str) -> AbstractContextManager[None]:
        """Return what is entered around one run of the node ``name``."""
        return _Run(self._duration[(name,)])


class _Run(AbstractContextManager[None]):
    __slots__ = ("_began", "_duration")

    def __init__(self, duration: Any) -> None:
        self._duration = duration
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._duration.observe(time.perf_counter() - self._began)
