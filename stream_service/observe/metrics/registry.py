"""The registry of one process, with what the process tells of itself."""

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    disable_created_metrics,
)

from stream_service.observe.build_info import register_build_info
from stream_service.observe.metrics.logged_errors import LoggedErrors
from stream_service.observe.metrics.process import ProcessFigures


def new_registry() -> CollectorRegistry:
    """A registry of its own, so that a process may hold two workers."""
    # A second series beside every counter and histogram, which nobody reads: counters that start
    # anew are recognised by their fall.
    disable_created_metrics()
    registry = CollectorRegistry()
    register_build_info(registry)
    registry.register(LoggedErrors())
    registry.register(ProcessFigures())
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
