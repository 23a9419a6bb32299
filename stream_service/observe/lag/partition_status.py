"""What the last observations say of a partition: Burrow's rules, with the map of our workers.

The rules are those of LinkedIn's Burrow, which need no threshold of lag:
https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules

Two things differ, since Burrow reads every commit and its time, and we see the present one:

- A worker that is held up by one event commits the same offset with a changed map, of what it has
  completed ahead. That is progress: a partition has stalled only if offset and map both stay.
- Burrow tells a stopped consumer by the age of its last commit, and takes for stopped one that
  commits only when there is something to commit. Here it is the group that tells: nothing moves
  and nobody owns the partition.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from stream_service.observe.lag.history import History, Observation


class PartitionStatus(StrEnum):
    """How a group does on a partition; a metric label."""

    OK = "ok"
    WARN = "warn"
    """It goes on, and its lag has not fallen once in the window."""
    STALL = "stall"
    """Somebody owns it, records wait, and neither offset nor map has moved in the window."""
    STOP = "stop"
    """The same, and nobody owns it."""
    REWIND = "rewind"
    """Its committed offset has gone back."""


def partition_status(
    history: History, *, nothing_waits: bool, owned: bool | None
) -> PartitionStatus | None:
    """The status, or None while the window is not full and nothing can be told yet.

    ``nothing_waits`` is true of a partition without lag, and where only transaction markers are
    left to read. ``owned`` is None where that is not known: then nobody is said to be missing.
    """
    if nothing_waits:
        return PartitionStatus.OK
    observations = history.observations()
    if any(later.committed < earlier.committed for earlier, later in pairwise(observations)):
        return PartitionStatus.REWIND
    if any(observation.lag == 0 for observation in observations):
        return PartitionStatus.OK
    if not history.is_full:
        return None
    if not _has_moved(observations):
        return PartitionStatus.STOP if owned is False else PartitionStatus.STALL
    if all(later.lag >= earlier.lag for earlier, later in pairwise(observations)):
        return PartitionStatus.WARN
    return PartitionStatus.OK


def _has_moved(observations: Sequence[Observation]) -> bool:
    return any(
        (later.committed, later.commit_metadata) != (earlier.committed, earlier.commit_metadata)
        for earlier, later in pairwise(observations)
    )
