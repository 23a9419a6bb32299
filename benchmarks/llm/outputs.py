"""The outputs of a service as they come: when, how often, and whether degraded."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from stream_service.contracts.record import InputRecord
from stream_service.streaming.client.closing import end_tasks
from stream_service.streaming.reading.reader import read_records
from tests.support.cluster import Cluster


class Outputs:
    """What has come so far."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.read_at: dict[str, float] = {}
        """When the first output of each event came, in ``time.perf_counter``'s seconds."""
        self.degraded: set[str] = set()
        self.dead_letters = 0
        self._arrived = asyncio.Event()

    @property
    def count(self) -> int:
        """Events with an output."""
        return len(self.counts)

    @property
    def doubled(self) -> int:
        """Outputs beyond one an event."""
        return sum(self.counts.values()) - len(self.counts)

    def add(self, record: InputRecord, dead_letters: str) -> None:
        """Count one record."""
        if record.topic == dead_letters:
            self.dead_letters += 1
        else:
            output: dict[str, Any] = orjson.loads(record.value or b"")
            event_id = output["event_id"]
            self.counts[event_id] += 1
            self.read_at.setdefault(event_id, time.perf_counter())
            if output["provenance"]["degraded"]:
                self.degraded.add(event_id)
        self._arrived.set()

    async def reach(self, count: int, timeout_s: float) -> None:
        """Wait until so many events have an output. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while self.count < count:
                self._arrived.clear()
                await self._arrived.wait()


@asynccontextmanager
async def outputs_of(cluster: Cluster) -> AsyncGenerator[Outputs]:
    """Follow the service's output topics for the block."""
    topics = cluster.topics
    names = (topics.replies, topics.reviews, topics.dead_letters)
    outputs = Outputs()

    async def follow(records: AsyncIterator[InputRecord]) -> None:
        async for record in records:
            outputs.add(record, topics.dead_letters)

    async with read_records(cluster.connection, names, from_beginning=True, follow=True) as records:
        following = asyncio.create_task(follow(records))
        try:
            yield outputs
        finally:
            await end_tasks((following,))
