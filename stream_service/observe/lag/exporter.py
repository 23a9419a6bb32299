"""The lag exporter: rounds in the background, and what a scrape and a health check see of them."""

import asyncio
import time

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)

from stream_service.observe.build_info import register_build_info
from stream_service.observe.health import Health
from stream_service.observe.lag.exposition import render
from stream_service.observe.lag.monitor import LagMonitor
from stream_service.observe.lag.page import LagPage
from stream_service.observe.lag.snapshot import Snapshot
from stream_service.observe.logs import logger
from stream_service.observe.metrics.logged_errors import LoggedErrors
from stream_service.streaming.errors import BrokerUnreachable, ConnectionRefused

_ROUND_BOUND_TIMEOUTS = 10
"""A round is some steps, each bounded by the time-out; a round that takes longer hangs."""

_MISSED_ROUNDS = 3
"""So many rounds may fail in a row before the figures count as old."""


_FIRST_RETRY_S = 1.0
"""A cluster that starts takes seconds."""


class LagExporter:
    """Does rounds for ever. A round that fails is told and tried again, it ends nothing."""

    def __init__(self, monitor: LagMonitor, *, interval_s: float, timeout_s: float) -> None:
        self._monitor = monitor
        self._interval_s = interval_s
        self._hangs_after_s = interval_s + _ROUND_BOUND_TIMEOUTS * timeout_s
        self._log = logger()
        self._registry = CollectorRegistry()
        register_build_info(self._registry)
        self._registry.register(LoggedErrors())
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._beat_at = time.monotonic()
        self._success_at: float | None = None
        """In seconds since 1970."""
        self._snapshot = Snapshot(taken_at=time.time())
        self.page = LagPage(self._render())

    async def first_round(self, timeout_s: float) -> None:
        """Do rounds until one succeeds.

        Raises BrokerUnreachable after ``timeout_s``, and ConnectionRefused at once.
        """
        deadline = time.monotonic() + timeout_s
        while (failure := await self._round()) is not None:
            if isinstance(failure, ConnectionRefused) or time.monotonic() >= deadline:
                raise failure
            await asyncio.sleep(min(_FIRST_RETRY_S, self._interval_s))

    async def run(self, stop: asyncio.Event) -> None:
        """Do a round every interval until ``stop`` is set; the first one in an interval's time."""
        while not await _is_set_within(self._interval_s, stop):
            try:
                failure = await self._round()
            except Exception:  # noqa: BLE001
                # A fault of ours, perhaps in one odd answer: the figures grow old, which is
                # alerted on, and the next round may go well.
                self._log.exception("lag_collection_failed")
                continue
            if failure is not None:
                self._log.warning("lag_collection_failed", detail=str(failure))

    def health(self) -> Health:
        """Live while rounds end, ready while they succeed."""
        snapshot, success_at = self._snapshot, self._success_at
        age_s = None if success_at is None else time.time() - success_at
        stale_after_s = self._hangs_after_s + _MISSED_ROUNDS * self._interval_s
        return Health(
            live=time.monotonic() - self._beat_at < self._hangs_after_s,
            ready=age_s is not None and age_s < stale_after_s,
            details={
                "last_success_age_s": age_s,
                "groups": len(snapshot.groups),
                "partitions": len(snapshot.partitions),
                "unreadable": dict(snapshot.failures),
            },
        )

    async def _round(self) -> BrokerUnreachable | None:
        # Not the snapshot before as a whole: it is as large as the one that takes its place.
        began, told_before = time.monotonic(), self._snapshot.failures
        done = await self._monitor.next_round()
        self._snapshot = snapshot = done.snapshot
        if done.failure is None:
            self._success_at = snapshot.taken_at
        collected = time.monotonic()
        self.page.replace(await asyncio.to_thread(self._render))
        self._beat_at = time.monotonic()
        for name, reason in snapshot.failures.items():
            if name not in told_before:
                self._log.warning("lag_unreadable", name=name, detail=reason)
        self._log.debug(
            "lag_collected",
            partitions=len(snapshot.partitions),
            unreadable=len(snapshot.failures),
            collection_s=round(collected - began, 3),
            page_s=round(self._beat_at - collected, 3),
        )
        return done.failure

    def _render(self) -> bytes:
        return render(self._snapshot, last_success_at=self._success_at, registry=self._registry)


async def _is_set_within(timeout_s: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            return await event.wait()
    except TimeoutError:
        return False
