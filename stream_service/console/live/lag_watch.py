"""Lag, looked at in the background: whoever asks is answered from memory."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from stream_service.console.live.lag_history import Waiting, waiting_of
from stream_service.observe.lag.monitor import LagMonitor, LagOptions, Round
from stream_service.observe.lag.snapshot import Snapshot
from stream_service.observe.logs import logger
from stream_service.streaming.client.connection import KafkaConnection

_KEPT = 240
"""Rounds: an hour of them, every 15 s."""

_CLOSE_S = 2.0
"""From round to round while somebody watches: a worker that dies is seen at once."""

_JITTER = 0.9
"""Of the interval: a round that came a little early counts too."""


class LagWatch:
    """Does rounds. ``run`` is its one task."""

    def __init__(
        self, connection: KafkaConnection, options: LagOptions, *, interval_s: float
    ) -> None:
        self._connection = connection
        self._options = replace(options, spacing_s=_JITTER * interval_s)
        self._interval_s = interval_s
        self._log = logger()
        self._latest: Snapshot | None = None
        self._history: deque[Waiting] = deque(maxlen=_KEPT)
        self._kept_at = -math.inf
        self._watchers = 0
        self._woken = asyncio.Event()

    @property
    def latest(self) -> Snapshot | None:
        """The last round's figures; None before the first."""
        return self._latest

    @property
    def history(self) -> Sequence[Waiting]:
        """What waited in the last hour, an interval apart and now, the oldest first."""
        kept = tuple(self._history)
        if self._latest is None or (kept and kept[-1].taken_at == self._latest.taken_at):
            return kept
        return (*kept, waiting_of(self._latest, self._last_kept()))

    def _last_kept(self) -> Waiting | None:
        return self._history[-1] if self._history else None

    @contextmanager
    def closely(self) -> Generator[None]:
        """Look every 2 s for the block, and not only every interval."""
        self._watchers += 1
        self._woken.set()
        try:
            yield
        finally:
            self._watchers -= 1

    async def run(self) -> None:
        """Do rounds for ever; one that fails keeps what is still worth to be shown."""
        async with LagMonitor(self._connection, self._options) as monitor:
            while True:
                self._woken.clear()
                try:
                    self._keep(await monitor.next_round())
                except Exception:  # noqa: BLE001
                    # A fault of ours, perhaps in one odd answer: the next round may go well.
                    self._log.exception("lag_collection_failed")
                await self._pause()

    async def _pause(self) -> None:
        """Until the next round, or until somebody begins to watch."""
        if self._watchers:
            await asyncio.sleep(min(self._interval_s, _CLOSE_S))
            return
        try:
            async with asyncio.timeout(self._interval_s):
                await self._woken.wait()
        except TimeoutError:
            return

    def _keep(self, done: Round) -> None:
        if done.failure is not None:
            self._log.warning("lag_collection_failed", detail=str(done.failure))
        if done.failure is not None and self._latest is None:
            return
        self._latest, now = done.snapshot, time.monotonic()
        if now - self._kept_at >= _JITTER * self._interval_s:
            self._kept_at = now
            self._history.append(waiting_of(done.snapshot, self._last_kept()))
