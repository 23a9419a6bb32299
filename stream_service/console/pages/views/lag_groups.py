"""A snapshot of lag by group, and what waited over time as lines of a chart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stream_service.console.live.lag_history import Waiting
from stream_service.console.pages.charts import Points
from stream_service.console.pages.views.lag_table import by_urgency
from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.snapshot import PartitionLag, Snapshot
from stream_service.streaming.partition import Partition

_LINES = 6
"""A chart has as many colours."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A consumer group over all its partitions."""

    name: str
    state: str
    members: int | None
    waiting: int | None
    """Records that wait; None where nothing is known of any partition."""
    age_s: float | None
    """Of the oldest of them."""
    worst: PartitionStatus | None


def group_figures(snapshot: Snapshot) -> Sequence[GroupFigures]:
    """The groups of a snapshot, those that are furthest behind first."""
    of_group: dict[str, list[PartitionLag]] = {group.name: [] for group in snapshot.groups}
    for one in snapshot.partitions:
        of_group.setdefault(one.group, []).append(one)
    found = [
        GroupFigures(
            group.name,
            group.state,
            group.members,
            _sum(of_group[group.name]),
            max((one.lag_s for one in of_group[group.name] if one.lag_s is not None), default=None),
            by_urgency(of_group[group.name])[0].status if of_group[group.name] else None,
        )
        for group in snapshot.groups
    ]
    return sorted(found, key=lambda one: (-(one.waiting or 0), one.name))


def series(history: Sequence[Waiting], group: str | None) -> Mapping[str, Points]:
    """Records that wait over time: of the groups, or of one group's partitions; the worst ones."""
    name_of = _group_name if group is None else _partition_name
    times = [round(one.taken_at * 1000) for one in history]
    sums = [_by_name(one, group, name_of) for one in history]
    peaks: dict[str, int] = {}
    for found in sums:
        for name, waiting in found.items():
            peaks[name] = max(peaks.get(name, 0), waiting)
    worst = sorted(peaks, key=lambda name: (-peaks[name], name))[:_LINES]
    return {
        name: [(at, found.get(name)) for at, found in zip(times, sums, strict=True)]
        for name in sorted(worst)
    }


def _by_name(
    waiting: Waiting, group: str | None, name_of: Callable[[str, Partition], str]
) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for of_group, partition, records in waiting:
        if group in {None, of_group}:
            name = name_of(of_group, partition)
            found[name] = found.get(name, 0) + records
    return found


def _group_name(group: str, _partition: Partition) -> str:
    return group


def _partition_name(_group: str, partition: Partition) -> str:
    return f"{partition.topic} {partition.number}"


def _sum(partitions: Sequence[PartitionLag]) -> int | None:
    known = [one.unprocessed for one in partitions if one.unprocessed is not None]
    return sum(known) if known else None
