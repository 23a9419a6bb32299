"""Every series that workers, the lag exporter and the console can export, by the code itself."""

import gzip
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from stream_service.analysis.llm.prices import PriceTable
from stream_service.console.figures import Figures, families
from stream_service.observe.lag.exposition import render
from stream_service.observe.lag.snapshot import Snapshot
from stream_service.observe.llm_metrics import LlmMetrics
from stream_service.observe.metrics.event_loop import EventLoopLag
from stream_service.observe.metrics.executors import ExecutorQueues
from stream_service.observe.metrics.nodes import NodeMetrics
from stream_service.observe.metrics.registry import new_registry
from stream_service.observe.metrics.stream import MetricsObserver
from stream_service.observe.tracing.counting import span_count
from stream_service.observe.workers.fleet import Fleet

_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}


def exported_metrics() -> frozenset[str]:
    """Names as they stand in expressions, with their suffixes."""
    return frozenset(_of_worker() | _of_lag_exporter() | _of_console())


def _of_worker() -> set[str]:
    registry = new_registry()
    MetricsObserver(registry, "group")
    NodeMetrics(registry)
    EventLoopLag(registry)
    ExecutorQueues(registry)
    LlmMetrics(registry, provider="provider", model="model", prices=PriceTable.load(None))
    span_count(registry)
    # With several workers under one command; there is no socket that could be asked.
    with closing(Fleet(Path("nowhere"))) as fleet:
        return _names(registry.collect()) | _names(fleet.collect())


def _of_console() -> set[str]:
    return _names(families(Figures(), behind=0))


def _names(metrics: Iterable[Metric]) -> set[str]:
    return {
        family.name + suffix for family in metrics for suffix in _SUFFIXES.get(family.type, ("",))
    }


def _of_lag_exporter() -> set[str]:
    page = render(Snapshot(taken_at=0.0), last_success_at=0.0, registry=CollectorRegistry())
    lines = gzip.decompress(page).decode().splitlines()
    return {line.split(" ")[2] for line in lines if line.startswith("# TYPE ")}
