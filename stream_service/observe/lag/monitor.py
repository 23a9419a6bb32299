"""The lag monitor: brokers, reader and tracker, and rounds of them."""

import asyncio
import time
from dataclasses import dataclass, field, replace

from stream_service.observe.lag.brokers import Brokers
from stream_service.observe.lag.cluster_reader import ClusterReader, Watched
from stream_service.observe.lag.reading import ClusterReading
from stream_service.observe.lag.snapshot import Snapshot
from stream_service.observe.lag.tracker import LagTracker
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import BrokerUnreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class LagOptions:
    """What is watched, and how."""

    watched: Watched = field(default_factory=Watched)
    timeout_s: float = 5.0
    """For one request to one broker, and for finding the ages of a round."""
    window_rounds: int = 10
    """How many rounds the rules of a partition's status look back; Burrow's number."""
    keep_s: float = 60.0
    """How long a figure that cannot be read stays as it was."""
    spacing_s: float = 0.0
    """From one round that counts for those rules to the next, at least: whoever does rounds more
    often now and then looks back as far as before."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round found."""

    snapshot: Snapshot
    """After a failed one the figures that are still worth to be shown."""
    failure: BrokerUnreachable | None = None


class LagMonitor:
    """Measures the lag of consumer groups. Use it as an async context manager."""

    def __init__(self, connection: KafkaConnection, options: LagOptions) -> None:
        self._brokers = Brokers(connection, options.timeout_s)
        self._reader = ClusterReader(self._brokers, options.watched, options.timeout_s)
        self._tracker = LagTracker(
            window_rounds=options.window_rounds,
            keep_s=options.keep_s,
            spacing_s=options.spacing_s,
        )
        self._unreadable = Snapshot(taken_at=0.0).unreadable

    async def __aenter__(self) -> "LagMonitor":
        await self._brokers.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._brokers.__aexit__(*error)

    async def collect(self) -> Snapshot:
        """Do a round. Raises BrokerUnreachable when no broker answers."""
        snapshot = await self._observe(await self._reader.read())
        self._unreadable = snapshot.unreadable
        return snapshot

    async def next_round(self) -> Round:
        """Do a round that may fail: figures were collected before."""
        try:
            return Round(await self.collect())
        except BrokerUnreachable as error:
            snapshot = await self._observe(ClusterReading(read_at=time.time()))
            # Nothing of it is known to have come back: what rings goes on.
            return Round(replace(snapshot, unreadable=self._unreadable), error)

    async def _observe(self, reading: ClusterReading) -> Snapshot:
        # In a thread: with tens of thousands of partitions it takes a good part of a second.
        return await asyncio.to_thread(self._tracker.observe, reading, time.monotonic())
