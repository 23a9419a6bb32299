"""What the last observations say of a partition: Burrow's rules, with the map of our workers.

The rules are those of LinkedIn's Burrow, which need no threshold of lag:
https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules

Three things differ, since Burrow reads every commit and its time, and we see the present one:

- A worker that is held up by one event commits the same offset with a changed map, of what it has
  completed ahead. That is progress: a partition has stalled only if offset and map both stay.
- Burrow tells a stopped consumer by the age of its last commit, and takes for stopped one that
  commits only when there is something to commit. Here it is the group that tells: nothing moves
  and nobody owns the partition.
- A commit beyond the log's end counts as a rewind too: the log has gone back, since its topic was
  created anew. By its lag of 0 such a group would seem well, and it reads nothing.
"""

from enum import StrEnum
from itertools import pairwise

from stream_service.observe.lag.history import History


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
    """Its committed offset has gone back, or the log has, behind it."""


def partition_status(
    history: History, *, is_beyond_log: bool, owned: bool | None
) -> PartitionStatus | None:
    """The status, or None while the window is not full and nothing can be told yet.

    ``is_beyond_log``: the committed offset lies behind the log's end. ``owned`` is None where that
    is not known: then nobody is said to be missing.
    """
    if is_beyond_log:
        return PartitionStatus.REWIND
    observations = history.observations()
    if observations[-1].waiting == 0:
        return PartitionStatus.OK
    if any(later.committed < earlier.committed for earlier, later in pairwise(observations)):
        return PartitionStatus.REWIND
    if any(observation.waiting == 0 for observation in observations):
        return PartitionStatus.OK
    has_moved = any(
        (later.committed, later.commit_metadata) != (earlier.committed, earlier.commit_metadata)
        for earlier, later in pairwise(observations)
    )
    has_fallen = any(later.waiting < earlier.waiting for earlier, later in pairwise(observations))
    if has_moved and has_fallen:
        return PartitionStatus.OK
    if not history.is_full:
        return None
    if has_moved:
        return PartitionStatus.WARN
    return PartitionStatus.STOP if owned is False else PartitionStatus.STALL
