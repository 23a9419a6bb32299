"""The figures of one round, as they are shown and exported."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.reading import LogRange, Member
from stream_service.observe.lag.unreadable import UnreadableKind, counted
from stream_service.streaming.partition import Partition


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition of one group. None is unknown, which is never told as 0."""

    group: str
    partition: Partition
    committed: int | None = None
    log: LogRange | None = None
    lag: int | None = None
    """Records: the log's end less the committed offset, or less the log's start where that is
    further on."""
    lost: int | None = None
    unprocessed: int | None = None
    lag_s: float | None = None
    """The age of the first unprocessed record, by its own timestamp."""
    drain_s: float | None = None
    """Infinite when nothing moves."""
    last_commit_at: float | None = None
    """When offset or map were first seen as they are now, in seconds since 1970; None until they
    are seen to change: a broker does not tell when an offset was committed."""
    unchanged_since: float | None = None
    """Since when offset and map are known to be as they are: the former, or else the first look at
    them. In seconds since 1970; None where there is no commit."""
    status: PartitionStatus | None = None
    owner: Member | None = None
    """None too where nobody owns it, or the group rebalances."""


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """State and size of a group."""

    name: str
    state: str
    members: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All figures of a round."""

    taken_at: float
    """In seconds since 1970."""
    groups: tuple[GroupSummary, ...] = ()
    partitions: tuple[PartitionLag, ...] = ()
    """In the order of group, topic and number."""
    logs: Mapping[Partition, LogRange] = field(default_factory=dict[Partition, LogRange])
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why, by what this round could not read, in words."""
    unreadable: Mapping[UnreadableKind, int] = field(default_factory=lambda: counted(()))
    """How many those are, of every kind."""
