"""How much work the threads have before them."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class ExecutorQueues(Collector):
    """Asks the pools of threads at each scrape."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lengths: dict[str, Callable[[], int]] = {}
        registry.register(self)

    def watch(self, executor: str, length: Callable[[], int]) -> None:
        """Tell ``length`` from now on; it is called from other threads."""
        self._lengths[executor] = length

    def collect(self) -> Iterator[Metric]:
        """Called by scrapes, from their threads."""
        jobs = GaugeMetricFamily(
            "feedback_executor_jobs",
            "Jobs that run in a pool of threads or stand in line for it.",
            labels=["executor"],
        )
        for executor, length in tuple(self._lengths.items()):
            jobs.add_metric([executor], length())
        yield jobs
