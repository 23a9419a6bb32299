"""The lag exporter inside the test's own process, its rounds done when the test wants them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from stream_service.observe.http import ObservationServer
from stream_service.observe.lag.cluster_reader import Watched
from stream_service.observe.lag.exporter import LagExporter
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.observe.lag.patterns import NamePattern
from tests.support.cluster import Cluster
from tests.support.scraping import Scrape, scrape

ROUND_TIMEOUT_S = 60.0


class Watch:
    """An exporter that watches a test's own groups and topics."""

    def __init__(self, cluster: Cluster, exporter: LagExporter, port: int) -> None:
        self.exporter = exporter
        self.port = port
        self._topic = cluster.topics.events

    async def round(self) -> Scrape:
        """Do one round that succeeds, and scrape what it found."""
        await self.exporter.first_round(ROUND_TIMEOUT_S)
        return await self.scrape()

    async def scrape(self) -> Scrape:
        return await scrape(self.port)

    def of(self, page: Scrape, name: str, *, partition: int = 0) -> float | None:
        """A figure of the events topic's partition, in the one group that is watched; or None."""
        found = page.values(
            f"feedback_consumer_{name}", topic=self._topic, partition=str(partition)
        )
        assert len(found) <= 1, "one group alone is watched"
        return found[0] if found else None

    def status(self, page: Scrape, *, partition: int = 0) -> str | None:
        """Which of the partition's statuses is told."""
        told = [
            status
            for status in ("ok", "warn", "stall", "stop", "rewind")
            if page.total(
                "feedback_consumer_partition_status",
                topic=self._topic,
                partition=str(partition),
                status=status,
            )
        ]
        assert len(told) <= 1
        return told[0] if told else None

    def state(self, page: Scrape) -> tuple[str | None, float | None]:
        """The group's state and how many members it has."""
        states = page.label_values("state")
        told = [
            state for state in states if page.total("feedback_consumer_group_state", state=state)
        ]
        members = page.values("feedback_consumer_group_members")
        return (told[0] if told else None, members[0] if members else None)


def watched_group(cluster: Cluster) -> str:
    """A group that no other test uses."""
    return f"{cluster.topics.prefix}watched"


@asynccontextmanager
async def watching(
    cluster: Cluster,
    group: str | None = None,
    *,
    timeout_s: float = 5,
    window_rounds: int = 4,
    keep_s: float = 60,
    interval_s: float = 1,
) -> AsyncGenerator[Watch]:
    """Watch one group on the test's topics, and serve what was found."""
    options = LagOptions(
        watched=Watched(
            groups=NamePattern(group or watched_group(cluster)),
            topics=NamePattern(f"{cluster.topics.prefix}.*"),
        ),
        timeout_s=timeout_s,
        window_rounds=window_rounds,
        keep_s=keep_s,
    )
    async with LagMonitor(cluster.connection, options) as monitor:
        exporter = LagExporter(monitor, interval_s=interval_s, timeout_s=timeout_s)
        with ObservationServer(
            "127.0.0.1", 0, metrics=exporter.page, health=exporter.health, setting="lag.port"
        ) as server:
            yield Watch(cluster, exporter, server.port)


@asynccontextmanager
async def going_round(watch: Watch) -> AsyncGenerator[None]:
    """Let the exporter do its rounds by itself for the block."""
    stop = asyncio.Event()
    rounds = asyncio.create_task(watch.exporter.run(stop))
    try:
        yield
    finally:
        stop.set()
        await rounds
