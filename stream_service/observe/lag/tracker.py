"""From readings to figures: what needs the past is kept here, from round to round."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from typing import Any, TypeVar

from stream_service.observe.lag.drain import drain_estimate_s
from stream_service.observe.lag.history import History, Observation, checksum
from stream_service.observe.lag.partition_lag import LagCounts
from stream_service.observe.lag.partition_status import partition_status
from stream_service.observe.lag.reading import (
    ClusterReading,
    Committed,
    FirstRecord,
    GroupReading,
    LogRange,
    Place,
)
from stream_service.observe.lag.snapshot import GroupSummary, PartitionLag, Snapshot
from stream_service.observe.lag.unreadable import counted
from stream_service.streaming.partition import Partition

_Name = TypeVar("_Name")


class LagTracker:
    """Turns each round's reading into a snapshot.

    A figure that a round could not read stays as it was for ``keep_s`` seconds, so that a broker's
    restart makes no gap; then it goes, so that no frozen figure is taken for the truth. So do the
    figures of groups and topics that are deleted.
    """

    def __init__(self, *, window_rounds: int, keep_s: float, spacing_s: float = 0.0) -> None:
        self._window_rounds = window_rounds
        self._spacing_s = spacing_s
        self._keep_s = keep_s
        self._partitions: dict[tuple[str, Partition], _Tracked] = {}
        self._groups: dict[str, tuple[float, GroupSummary]] = {}
        self._logs: dict[Partition, tuple[float, LogRange]] = {}

    def observe(self, reading: ClusterReading, now: float) -> Snapshot:
        """Take a round in; ``now`` is in seconds, of a clock that never goes back."""
        for group in reading.groups.values():
            summary = GroupSummary(group.name, group.state, group.members)
            self._groups[group.name] = (now, summary)
            for partition in {*group.committed, *(group.owners or ())}:
                key = (group.name, partition)
                tracked = self._partitions.get(key)
                if tracked is None:
                    tracked = self._partitions[key] = _Tracked(*key, self._window_rounds)
                tracked.observe(group, reading, now, self._keep_s, self._spacing_s)
        for (group_name, _), tracked in self._partitions.items():
            if tracked.seen_at < now and group_name in reading.groups:
                tracked.disown()
        self._logs.update({at: (now, log) for at, log in reading.logs.items()})
        oldest = now - self._keep_s
        _forget(self._groups, (name for name, (at, _) in self._groups.items() if at < oldest))
        _forget(self._logs, (name for name, (at, _) in self._logs.items() if at < oldest))
        _forget(
            self._partitions, (key for key, one in self._partitions.items() if one.seen_at < oldest)
        )
        return Snapshot(
            taken_at=reading.read_at,
            groups=tuple(summary for _, (_, summary) in sorted(self._groups.items())),
            partitions=tuple(one.figures for _, one in sorted(self._partitions.items())),
            logs={partition: log for partition, (_, log) in sorted(self._logs.items())},
            failures={str(one): reason for one, reason in reading.failures.items()},
            unreadable=counted(reading.failures),
        )


class _Tracked:
    """One partition of one group."""

    __slots__ = (
        "_commit",
        "_first_commit_at",
        "_history",
        "_last_commit_at",
        "_read_at",
        "figures",
        "seen_at",
    )

    def __init__(self, group: str, partition: Partition, window_rounds: int) -> None:
        self.figures = PartitionLag(group, partition)
        self.seen_at = 0.0
        self._history = History(window_rounds)
        self._read_at = -inf
        self._commit: int | None = None
        self._first_commit_at: float | None = None
        self._last_commit_at: float | None = None

    def observe(
        self,
        group: GroupReading,
        reading: ClusterReading,
        now: float,
        keep_s: float,
        spacing_s: float,
    ) -> None:
        partition = self.figures.partition
        committed, log = group.committed.get(partition), reading.logs.get(partition)
        self.seen_at = now
        if committed is not None:
            self._note_commit(committed, reading.read_at)
        if committed is None or log is None:
            if now - self._read_at > keep_s:
                self.figures = self._without_lag(group, committed, log)
            return
        self._read_at = now
        counts = LagCounts.of(committed, log)
        first = reading.first_records.get(Place(partition, max(committed.offset, log.start)))
        if first is not None and first.timestamp_ms is None:
            counts = counts.with_markers_only()
        self._history.add(
            Observation(
                at=now,
                committed=committed.offset,
                waiting=counts.waiting,
                processed=committed.offset + counts.completed_ahead,
                commit_metadata=checksum(committed.metadata),
            ),
            spacing_s=spacing_s,
        )
        self.figures = self._all_figures(group, reading, committed, log, counts, first)

    def disown(self) -> None:
        """The group is known, and has nothing to do with the partition any more."""
        if self.figures.owner is not None:
            self.figures = replace(self.figures, owner=None)

    def _note_commit(self, committed: Committed, read_at: float) -> None:
        # Both in one number: a pair takes three times the memory.
        commit = committed.offset << 32 | checksum(committed.metadata)
        if self._commit is None:
            self._first_commit_at = read_at
        elif commit != self._commit:
            self._last_commit_at = read_at
        self._commit = commit

    def _without_lag(
        self, group: GroupReading, committed: Committed | None, log: LogRange | None
    ) -> PartitionLag:
        partition = self.figures.partition
        return PartitionLag(
            group.name,
            partition,
            committed=None if committed is None else committed.offset,
            log=log,
            last_commit_at=self._last_commit_at,
            unchanged_since=self._last_commit_at or self._first_commit_at,
            owner=(group.owners or {}).get(partition),
        )

    def _all_figures(
        self,
        group: GroupReading,
        reading: ClusterReading,
        committed: Committed,
        log: LogRange,
        counts: LagCounts,
        first: FirstRecord | None,
    ) -> PartitionLag:
        partition = self.figures.partition
        lag_s = None
        if counts.waiting == 0:
            lag_s = 0.0
        elif first is not None and first.timestamp_ms is not None:
            # A publisher's clock may be ahead of ours.
            lag_s = max(0.0, reading.read_at - first.timestamp_ms / 1000)
        return PartitionLag(
            group.name,
            partition,
            committed=committed.offset,
            log=log,
            lag=counts.lag,
            lost=counts.lost,
            unprocessed=counts.unprocessed,
            lag_s=lag_s,
            drain_s=drain_estimate_s(self._history, counts.unprocessed),
            last_commit_at=self._last_commit_at,
            unchanged_since=self._last_commit_at or self._first_commit_at,
            status=partition_status(
                self._history,
                is_beyond_log=committed.offset > log.end,
                owned=None if group.owners is None else partition in group.owners,
            ),
            owner=(group.owners or {}).get(partition),
        )


def _forget(kept: dict[_Name, Any], gone: Iterable[_Name]) -> None:
    for name in list(gone):
        del kept[name]
