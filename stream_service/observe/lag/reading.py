"""What one round has read from the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stream_service.observe.lag.unreadable import Failures, Unreadable
from stream_service.streaming.partition import Partition

UNKNOWN_STATE = "Unknown"
"""As Kafka names the state of a group that cannot be told."""


class Committed(NamedTuple):
    """What a group has committed for a partition."""

    offset: int
    metadata: str
    """Our own workers keep the map of offsets completed ahead here; others what they like."""


class LogRange(NamedTuple):
    """The offsets that a partition's log holds."""

    start: int
    end: int
    """One behind the last record: the high watermark, as every tool takes it for lag."""


class Place(NamedTuple):
    """An offset of a partition."""

    partition: Partition
    offset: int


class FirstRecord(NamedTuple):
    """The first record at or behind a place."""

    timestamp_ms: int | None
    """The record's timestamp, in milliseconds since 1970; None where only markers of transactions
    follow, up to the end of the log: nothing waits there to be processed."""


class Member(NamedTuple):
    """A member of a group, as its broker knows it."""

    member_id: str
    client_id: str
    host: str
    """The address that it is connected from."""


@dataclass(frozen=True, slots=True)
class GroupReading:
    """A consumer group."""

    name: str
    state: str = UNKNOWN_STATE
    """As Kafka names it: Stable, Empty, PreparingRebalance, …"""
    members: int | None = None
    owners: Mapping[Partition, Member] | None = None
    """Who owns a partition; one that is not there is owned by nobody. None where that cannot be
    told, as in a rebalance."""
    committed: Mapping[Partition, Committed] = field(default_factory=dict[Partition, Committed])


@dataclass(slots=True)
class ClusterReading:
    """A round's findings. What could not be read is absent, and named in ``failures``."""

    read_at: float
    """When the groups' offsets were read, in seconds since 1970."""
    groups: dict[str, GroupReading] = field(default_factory=dict[str, GroupReading])
    logs: dict[Partition, LogRange] = field(default_factory=dict[Partition, LogRange])
    first_records: Mapping[Place, FirstRecord] = field(default_factory=dict[Place, FirstRecord])
    failures: Failures = field(default_factory=dict[Unreadable, str])
