"""A snapshot of lag as a person reads it on a terminal."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isinf

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stream_service.commands.display.plain_text import one_line
from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.snapshot import GroupSummary, PartitionLag, Snapshot

_UNKNOWN = "?"

_STATUS_STYLES = {
    PartitionStatus.OK: "green",
    PartitionStatus.WARN: "yellow",
    PartitionStatus.STALL: "bold red",
    PartitionStatus.STOP: "bold red",
    PartitionStatus.REWIND: "bold red",
}

_LINES_A_GROUP = 4
"""What a group takes on the screen beside its partitions."""


def lag_table(
    snapshot: Snapshot, *, status_after_s: float, screen_lines: int | None = None
) -> RenderableType:
    """A table for each group. On a screen of so many lines, those that are furthest behind.

    ``status_after_s``: how long a partition is looked at before each status can be told.
    """
    shown = _furthest_behind(snapshot, screen_lines)
    hidden = len(snapshot.partitions) - len(shown)
    parts: list[RenderableType] = list(_groups(snapshot, shown))
    if hidden:
        parts.append(Text(f"and {hidden} partitions that are less far behind", style="dim"))
    if any(figures.status is None and figures.lag is not None for figures in shown):
        after = duration(status_after_s)
        parts.append(Text(f"a status that is not known yet is after {after} of looking", "dim"))
    return Group(*parts)


def duration(seconds: float) -> str:
    """In the two largest units that tell something."""
    if isinf(seconds):
        return "never"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, size, part in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // size
            return f"{whole // unit} {name} {rest} {part}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def _furthest_behind(snapshot: Snapshot, screen_lines: int | None) -> Sequence[PartitionLag]:
    partitions = snapshot.partitions
    if screen_lines is None:
        return partitions
    room = max(1, screen_lines - _LINES_A_GROUP * len(snapshot.groups) - 1)
    if len(partitions) <= room:
        return partitions
    # What is unknown may be anything, and comes before all that is known.
    by_lag = sorted(partitions, key=lambda one: (one.lag is not None, -(one.lag or 0)))
    chosen = {(one.group, one.partition) for one in by_lag[:room]}
    return [one for one in partitions if (one.group, one.partition) in chosen]


def _groups(snapshot: Snapshot, shown: Sequence[PartitionLag]) -> Iterator[RenderableType]:
    partitions = {group: list(figures) for group, figures in groupby(shown, lambda one: one.group)}
    for group in snapshot.groups:
        yield _headline(group, [one for one in snapshot.partitions if one.group == group.name])
        if group.name in partitions:
            yield _partitions(partitions[group.name], snapshot.taken_at)


def _headline(group: GroupSummary, partitions: Sequence[PartitionLag]) -> Text:
    known = [one.lag for one in partitions if one.lag is not None]
    unknown = len(partitions) - len(known)
    members = _UNKNOWN if group.members is None else str(group.members)
    text = Text(one_line(group.name), style="bold")
    text.append(f"  {group.state}, members: {members}, ", style="not bold")
    text.append(f"lag: {sum(known):,}" if known else f"lag: {_UNKNOWN}", style="not bold")
    if unknown and known:
        text.append(f" and {unknown} partitions unknown", style="not bold")
    return text


def _partitions(partitions: Sequence[PartitionLag], now: float) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("topic", no_wrap=True)
    table.add_column("partition", justify="right")
    table.add_column("status")
    for name in ("lag", "age", "unprocessed", "drains in", "committed", "end", "lost"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("last commit", justify="right", no_wrap=True)
    table.add_column("owner", no_wrap=True)
    for figures in partitions:
        table.add_row(
            one_line(figures.partition.topic),
            str(figures.partition.number),
            _status(figures.status),
            _count(figures.lag),
            _duration(figures.lag_s),
            _count(figures.unprocessed),
            _duration(figures.drain_s),
            _count(figures.committed),
            _count(None if figures.log is None else figures.log.end),
            Text(_count(figures.lost), style="red" if figures.lost else ""),
            _last_commit(figures, now),
            "" if figures.owner is None else f"{figures.owner.client_id} {figures.owner.host}",
        )
    return table


def _status(status: PartitionStatus | None) -> Text:
    if status is None:
        return Text(_UNKNOWN, style="dim")
    return Text(status, style=_STATUS_STYLES[status])


def _count(count: int | None) -> str:
    return _UNKNOWN if count is None else f"{count:,}"


def _duration(seconds: float | None) -> str:
    return _UNKNOWN if seconds is None else duration(seconds)


def _last_commit(figures: PartitionLag, now: float) -> str:
    if figures.committed is None:
        return "none yet"
    if figures.last_commit_at is not None:
        return f"{duration(max(0.0, now - figures.last_commit_at))} ago"
    if figures.unchanged_since is None:
        return _UNKNOWN
    return f"over {duration(max(0.0, now - figures.unchanged_since))} ago"
