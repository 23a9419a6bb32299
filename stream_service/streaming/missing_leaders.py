"""Partitions of ours that no broker leads: nothing comes of them, and no poll says why."""

import asyncio
from collections.abc import Collection
from typing import Any

from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.partition import Partition

TELL_AFTER_S = 10.0
"""An election takes a second or two, a broker that is started again some seconds."""

_NOBODY = frozenset({None, -1})
"""How the client's metadata say that they know of no leader."""


class MissingLeaders:
    """Tells the observer which partitions have had no leader for a while, whenever they change."""

    def __init__(self, consumer: Any, observer: StreamObserver) -> None:
        """``consumer`` is an aiokafka consumer that has started by the time of the first look."""
        self._consumer = consumer
        self._observer = observer
        self._since: dict[Partition, float] = {}
        self._told = frozenset[Partition]()

    def look(self, partitions: Collection[Partition]) -> None:
        """Compare ``partitions``, all that are ours, with what the client knows by now.

        It asks the cluster anew by itself, for as long as a partition that it reads has no leader.
        """
        now = asyncio.get_running_loop().time()
        cluster = self._consumer._client.cluster
        self._since = {
            partition: self._since.get(partition, now)
            for partition in partitions
            if cluster.leader_for_partition(topic_partition(partition)) in _NOBODY
        }
        missing = frozenset(
            partition for partition, since in self._since.items() if now - since >= TELL_AFTER_S
        )
        if missing != self._told:
            self._told = missing
            self._observer.partitions_without_leader(missing)
