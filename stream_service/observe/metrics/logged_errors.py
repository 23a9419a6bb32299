"""What the process's log holds that no other metric may tell of."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_service.observe.logged_errors import LOGGED_ERRORS


class LoggedErrors(Collector):
    """``feedback_logged_errors_total`` of this process, there from the start at 0."""

    def collect(self) -> Iterator[Metric]:
        """Called by scrapes, from their threads."""
        yield CounterMetricFamily(
            "feedback_logged_errors",
            "Errors that the process has logged, those of libraries included.",
            value=LOGGED_ERRORS.count,
        )
