"""How many partitions the topics have: seen by every member, and told to the group."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

_REFRESH_TIMEOUT_S = 1.0
"""A stop may wait for it."""


class PartitionCounts:
    """aiokafka's range assignor; each member also tells the group how many partitions it knows of.

    By itself aiokafka lets a group's leader alone look for new partitions. A static member that
    comes back to its place leads no longer, and then nobody does (KIP-814): partitions that are
    added would have no reader until something else causes a rebalance. A group gives its partitions
    out anew where a member joins with something else to tell than before: so any member may look.
    All look once more after a rebalance (``refreshed``): what caused it may be news to the leader.
    """

    name = RangePartitionAssignor.name

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def begin(self, counts: Mapping[str, int]) -> None:
        """Set what is known, by topic, before the group is joined."""
        self._counts = dict(counts)

    def have_grown(self, consumer: Any) -> bool:
        """Whether the client knows of more now than was told: the group must be joined anew."""
        grown = {
            topic: len(partitions)
            for topic, count in self._counts.items()
            if len(partitions := consumer.partitions_for_topic(topic) or ()) > count
        }
        self._counts |= grown
        return bool(grown)

    def metadata(self, topics: Iterable[str]) -> Any:
        """What this member tells when it joins."""
        told: Any = RangePartitionAssignor.metadata(sorted(topics))
        told.user_data = orjson.dumps(self._counts, option=orjson.OPT_SORT_KEYS)
        return told

    def assign(self, cluster: Any, members: Any) -> Any:
        """Give the partitions out, where this member leads."""
        return RangePartitionAssignor.assign(cluster, members)

    def on_assignment(self, assignment: Any) -> None:
        """Nothing is kept of it."""


async def refreshed(consumer: Any) -> None:
    """Have the client ask the cluster now, for a second at most."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_REFRESH_TIMEOUT_S):
            await consumer._client.force_metadata_update()
