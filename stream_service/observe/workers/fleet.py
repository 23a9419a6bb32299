"""The supervisor's view of its workers: their samples added up, and their health."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_service.observe.health import Health
from stream_service.observe.http import LIVE
from stream_service.observe.metrics.logged_errors import LoggedErrors
from stream_service.observe.workers.local_http import Unanswered, get
from stream_service.observe.workers.merging import merged, only_growing
from stream_service.observe.workers.samples import load

_ANSWER_TIMEOUT_S = 3.0
"""Well below Prometheus' scrape time-out of 10 s, and far above what a busy worker needs."""

_AT_ONCE = 16


class Fleet(Collector):
    """Asks all workers at each scrape, side by side.

    A worker that does not answer has no gauges; of what it had counted at the last scrape before
    its death nothing is lost, of what it counted after that, all. Errors that the supervisor itself
    has logged are added to the workers'.
    """

    def __init__(self, folder: Path) -> None:
        """The workers' sockets are in ``folder``."""
        self._folder = folder
        self._running: dict[int, None] = {}
        self._lock = threading.Lock()
        self._latest: dict[int, Sequence[Metric]] = {}
        self._deaths = 0
        self._dead: Sequence[Metric] = ()
        self._asking = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="workers")

    def socket(self, worker: int) -> Path:
        """Where the worker of that number listens."""
        return self._folder / f"{worker}.sock"

    def started(self, worker: int) -> None:
        """A process for that worker runs from now on."""
        with self._lock:
            self._running[worker] = None

    def ended(self, worker: int) -> None:
        """It runs no longer; what it counted is kept."""
        with self._lock:
            self._running.pop(worker, None)
            left = only_growing(self._latest.pop(worker, ()))
            self._dead = merged((self._dead, left))
        self.socket(worker).unlink(missing_ok=True)

    def died(self) -> None:
        """A worker has ended that nobody had asked to."""
        with self._lock:
            self._deaths += 1

    def close(self) -> None:
        """Ask nobody any more."""
        self._asking.shutdown(wait=False, cancel_futures=True)

    def collect(self) -> Iterator[Metric]:
        """Called by scrapes, from their threads."""
        answers = {
            worker: None if body is None else load(body)
            for worker, body in self._ask("/metrics").items()
        }
        with self._lock:
            for worker, families in answers.items():
                if families is not None and worker in self._running:
                    self._latest[worker] = families
            # One that is only slow has counted what it had counted; its gauges are of the past.
            processes = [
                self._latest.get(worker, ())
                if answers.get(worker) is not None
                else only_growing(self._latest.get(worker, ()))
                for worker in self._running
            ]
            of_all = merged((*processes, self._dead, tuple(LoggedErrors().collect())))
            deaths = self._deaths
        yield from of_all
        # The start of the oldest process is all that is told of their starts.
        yield CounterMetricFamily(
            "feedback_worker_process_deaths",
            "Worker processes that ended though nobody had asked them to.",
            value=deaths,
        )

    def health(self) -> Health:
        """Live while every worker that runs is live, ready while one of them is.

        One that runs and has not opened its socket yet is starting; one that has and does not
        answer hangs.
        """
        answers = self._ask("/health")
        told: dict[str, Any] = {}
        for worker, body in answers.items():
            if body is not None:
                told[str(worker)] = orjson.loads(body)
            elif self.socket(worker).exists():
                told[str(worker)] = {"live": False, "ready": False, "answers": False}
            else:
                told[str(worker)] = {"live": True, "ready": False, "starting": True}
        return Health(
            live=all(one["live"] for one in told.values()),
            ready=any(one["ready"] for one in told.values()),
            details={"workers": told},
        )

    def is_live(self, worker: int) -> bool:
        """Whether it says so; one that has not opened its socket yet is starting. Blocks."""
        path = self.socket(worker)
        if not path.exists():
            return True
        try:
            return get(path, "/health/live", timeout_s=_ANSWER_TIMEOUT_S) == LIVE
        except Unanswered:
            return False

    def _ask(self, path: str) -> Mapping[int, bytes | None]:
        with self._lock:
            workers = tuple(self._running)

        def ask(worker: int) -> bytes | None:
            try:
                return get(self.socket(worker), path, timeout_s=_ANSWER_TIMEOUT_S)
            except Unanswered:
                return None

        return dict(zip(workers, self._asking.map(ask, workers), strict=True))
