"""Series of the partitions that this process owns now.

They are made at each scrape of what is owned then: a partition that was taken away has no series
any more, and no former owner goes on telling an old figure.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_service.streaming.partition import Partition


@dataclass(slots=True)
class _Owned:
    frontier: int = 0
    position: int = 0
    """Behind the last record taken."""
    has_session: bool = False
    taken_at: dict[int, float] = field(default_factory=dict[int, float])
    """Of events that are not acknowledged yet, by offset, the oldest first; monotonic seconds."""


class OwnedPartitions(Collector):
    """Window spans, sessions, and the age of the oldest event in flight."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._owned: dict[Partition, _Owned] = {}
        registry.register(self)

    @property
    def sessions(self) -> int:
        """How many of the owned partitions are being read now."""
        return sum(owned.has_session for owned in tuple(self._owned.values()))

    @property
    def names(self) -> list[str]:
        """The owned partitions."""
        return [str(partition) for partition in sorted(self._owned.copy())]

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """They are ours from now on."""
        for partition in partitions:
            self._owned[partition] = _Owned()

    def revoked(self, partitions: frozenset[Partition]) -> None:
        """They are ours no longer."""
        for partition in partitions:
            self._owned.pop(partition, None)

    def session_started(self, partition: Partition, frontier: int) -> None:
        """A session reads on from ``frontier``."""
        if partition in self._owned:
            self._owned[partition] = _Owned(frontier, frontier, has_session=True)

    def session_over(self, partition: Partition) -> None:
        """What the session had taken is read again."""
        if partition in self._owned:
            self._owned[partition] = _Owned()

    def taken(self, partition: Partition, offset: int) -> None:
        """An event is in the window."""
        if (owned := self._owned.get(partition)) is not None:
            owned.taken_at[offset] = time.monotonic()
            owned.position = offset + 1

    def confirmed(self, partition: Partition, offset: int) -> None:
        """An event is done."""
        if (owned := self._owned.get(partition)) is not None:
            owned.taken_at.pop(offset, None)

    def committed(self, partition: Partition, frontier: int) -> None:
        """Everything below ``frontier`` is done."""
        if (owned := self._owned.get(partition)) is not None:
            owned.frontier = frontier

    def collect(self) -> Iterator[Metric]:
        """Called by scrapes, from their threads: only copies are looked through."""
        owned = tuple(self._owned.items())
        spans = GaugeMetricFamily(
            "feedback_window_span",
            "Offsets from the first one not done to the last one taken.",
            labels=["topic", "partition"],
        )
        for partition, one in owned:
            if one.has_session:
                span = max(0, one.position - one.frontier)
                spans.add_metric([partition.topic, str(partition.number)], span)
        yield spans
        yield GaugeMetricFamily(
            "feedback_partition_sessions",
            "Owned partitions that are being read.",
            value=self.sessions,
        )
        oldest = min((_oldest(one) for _, one in owned), default=inf)
        yield GaugeMetricFamily(
            "feedback_inflight_oldest_age_seconds",
            "Since the oldest event that is not acknowledged yet was taken; 0 where there is none.",
            value=0 if oldest == inf else time.monotonic() - oldest,
        )


def _oldest(owned: _Owned) -> float:
    return min(tuple(owned.taken_at.values()), default=inf)
