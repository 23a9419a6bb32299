"""Whether a broker answers, asked now and then."""

import asyncio
import time

from stream_service.observe.lag.brokers import Brokers
from stream_service.streaming.connection import KafkaConnection
from stream_service.streaming.errors import BrokerUnreachable

_INTERVAL_S = 5.0
_TIMEOUT_S = 5.0

_FORGOTTEN_AFTER_S = 2 * (_INTERVAL_S + _TIMEOUT_S)
"""Two questions in a row have gone unanswered by then."""


class BrokerProbe:
    """Asks for the list of brokers, on connections of its own.

    The worker's own clients ride out an outage without a word, for as long as it takes.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._answered_at: float | None = None
        self._brokers = 0

    @property
    def brokers(self) -> int:
        """How many brokers there were at the last answer; 0 before the first."""
        return self._brokers

    @property
    def is_reachable(self) -> bool:
        """Whether one has answered lately."""
        at = self._answered_at
        return at is not None and time.monotonic() - at < _FORGOTTEN_AFTER_S

    async def run(self) -> None:
        """Ask until cancelled."""
        async with Brokers(self._connection, _TIMEOUT_S) as brokers:
            while True:
                try:
                    await brokers.discover()
                except BrokerUnreachable:
                    self._answered_at = None
                else:
                    self._brokers = len(brokers.nodes)
                    self._answered_at = time.monotonic()
                await asyncio.sleep(_INTERVAL_S)
