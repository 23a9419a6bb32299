"""How many records waited, over the last hour: all that a chart of lag needs, and little memory."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from stream_service.observe.lag.snapshot import Snapshot
from stream_service.streaming.partition import Partition

Place = tuple[str, Partition]
"""A group's partition."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waited at one time, where that is known.

    Eight bytes a place: a snapshot takes half a kilobyte, of which an hour of a cluster with 10,000
    places would be a gigabyte.
    """

    taken_at: float
    """In seconds since 1970."""
    places: tuple[Place, ...]
    records: "array[int]"
    """Of each of the places."""

    def __iter__(self) -> Iterator[tuple[str, Partition, int]]:
        """Group, partition, and how many records wait there."""
        for (group, partition), waiting in zip(self.places, self.records, strict=True):
            yield group, partition, waiting


def waiting_of(snapshot: Snapshot, before: Waiting | None) -> Waiting:
    """What waits in ``snapshot``; its places are shared with those of ``before``, if the same."""
    known = [one for one in snapshot.partitions if one.unprocessed is not None]
    places = tuple((one.group, one.partition) for one in known)
    if before is not None and before.places == places:
        places = before.places
    return Waiting(snapshot.taken_at, places, array("q", [one.unprocessed or 0 for one in known]))
