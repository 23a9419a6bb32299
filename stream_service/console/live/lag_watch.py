"""Lag, looked at in the background: whoever asks is answered from memory."""

import asyncio
from collections import deque
from collections.abc import Sequence

from stream_service.observe.lag.monitor import LagMonitor, LagOptions, Round
from stream_service.observe.lag.snapshot import Snapshot
from stream_service.observe.logs import logger
from stream_service.streaming.connection import KafkaConnection

_KEPT = 240
"""Rounds: an hour of them, every 15 s."""


class LagWatch:
    """Does rounds. ``run`` is its one task."""

    def __init__(
        self, connection: KafkaConnection, options: LagOptions, *, interval_s: float
    ) -> None:
        self._connection = connection
        self._options = options
        self._interval_s = interval_s
        self._log = logger()
        self._history: deque[Snapshot] = deque(maxlen=_KEPT)

    @property
    def latest(self) -> Snapshot | None:
        """The last round's figures; None before the first."""
        return self._history[-1] if self._history else None

    @property
    def history(self) -> Sequence[Snapshot]:
        """The last hour's figures, the oldest first."""
        return tuple(self._history)

    async def run(self) -> None:
        """Do rounds for ever; one that fails keeps what is still worth to be shown."""
        async with LagMonitor(self._connection, self._options) as monitor:
            while True:
                try:
                    self._keep(await monitor.next_round())
                except Exception:  # noqa: BLE001
                    # A fault of ours, perhaps in one odd answer: the next round may go well.
                    self._log.exception("lag_collection_failed")
                await asyncio.sleep(self._interval_s)

    def _keep(self, done: Round) -> None:
        if done.failure is not None:
            self._log.warning("lag_collection_failed", detail=str(done.failure))
        if done.failure is None or self._history:
            self._history.append(done.snapshot)
