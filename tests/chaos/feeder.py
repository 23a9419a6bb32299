"""Publishes the events of a run, whatever happens to the brokers meanwhile."""

import asyncio
import time
from collections.abc import Callable

from stream_service.contracts.topics import Topics
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.publisher import RecordPublisher
from tests.chaos.workload import Workload

_TURN_S = 0.05


class Feeder:
    """Publishes numbered events at a steady rate.

    A number is sent once, whether it arrives or not: what counts is what the input topic holds.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topics: Topics,
        workload: Workload,
        tell: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._topics = topics
        self._workload = workload
        self._tell = tell
        self._next_number = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Feed until ``stop`` is set; a publisher that fails is replaced by another."""
        while not stop.is_set():
            try:
                async with RecordPublisher(self._connection, delivery_timeout_s=15) as publisher:
                    await self._feed(publisher, stop)
            except StreamError as error:
                self._tell(f"the feeder starts anew: {error}")
            except AssertionError as error:
                self._tell(f"the feeder starts anew: {error!r}")
        self._tell(f"the feeder has sent {self._next_number} events")

    async def _feed(self, publisher: RecordPublisher, stop: asyncio.Event) -> None:
        began, first = time.monotonic(), self._next_number
        while not stop.is_set():
            due = first + (time.monotonic() - began) * self._workload.events_per_s
            while self._next_number < due:
                record = self._workload.record(self._topics, self._next_number)
                self._next_number += 1
                await publisher.send(record)
            await asyncio.sleep(_TURN_S)
