"""Whether a broker answers, asked now and then."""

import asyncio
import time

from stream_service.observe.lag.brokers import Brokers
from stream_service.observe.logs import logger
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import BrokerUnreachable

_INTERVAL_S = 5.0
_TIMEOUT_S = 5.0

_FORGOTTEN_AFTER_S = 2 * (_INTERVAL_S + _TIMEOUT_S)
"""Two questions in a row have gone unanswered by then."""


class BrokerProbe:
    """Asks for the list of brokers, on connections of its own.

    The clients of worker and console ride out an outage without a word, for as long as it takes.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._answered_at: float | None = None
        self._brokers = 0
        self._told: str | None = None
        self._log = logger()

    @property
    def brokers(self) -> int:
        """How many brokers there were at the last answer; 0 before the first."""
        return self._brokers

    @property
    def is_reachable(self) -> bool:
        """Whether one has answered lately."""
        at = self._answered_at
        return at is not None and time.monotonic() - at < _FORGOTTEN_AFTER_S

    @property
    def is_away(self) -> bool:
        """Whether the last question went unanswered; not before the first has."""
        return self._told is not None

    async def run(self) -> None:
        """Ask until cancelled."""
        async with Brokers(self._connection, _TIMEOUT_S) as brokers:
            while True:
                try:
                    await brokers.discover()
                except BrokerUnreachable as error:
                    self._answered_at = None
                    self._tell(error)
                except Exception:  # noqa: BLE001
                    # A fault of ours, perhaps in one odd answer: the next question may go well.
                    self._answered_at = None
                    self._log.exception("broker_probe_failed")
                else:
                    self._brokers = len(brokers.nodes)
                    self._answered_at = time.monotonic()
                    self._told = None
                await asyncio.sleep(_INTERVAL_S)

    def _tell(self, error: BrokerUnreachable) -> None:
        """Once for each cause: a password that was changed makes a broker unreachable, too."""
        if self._told != str(error):
            self._told = str(error)
            self._log.warning("broker_unreachable", detail=self._told)
