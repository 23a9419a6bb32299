"""What is kept from round to round."""

from collections.abc import Mapping

from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.reading import (
    ClusterReading,
    Committed,
    FirstRecord,
    GroupReading,
    LogRange,
    Member,
    Place,
)
from stream_service.observe.lag.snapshot import PartitionLag, Snapshot
from stream_service.observe.lag.tracker import LagTracker
from stream_service.observe.lag.unreadable import Unreadable, UnreadableKind
from stream_service.streaming.partition import Partition

AT = Partition("events", 0)
EVERY_S = 15.0
KEEP_S = 60.0
SOMEBODY = Member("id", "worker", "10.0.0.1")


class _Rounds:
    """Takes rounds in, ``EVERY_S`` apart."""

    def __init__(self, window_rounds: int = 3) -> None:
        self._tracker = LagTracker(window_rounds=window_rounds, keep_s=KEEP_S)
        self._now = 1_000.0

    def round(
        self,
        committed: int | None,
        end: int | None,
        *,
        markers_only: bool = False,
        owners: Mapping[Partition, Member] | None = None,
    ) -> Snapshot:
        self._now += EVERY_S
        reading = ClusterReading(read_at=self._now)
        offsets = {} if committed is None else {AT: Committed(committed, "")}
        reading.groups["g"] = GroupReading("g", "Stable", 1, owners or {AT: SOMEBODY}, offsets)
        if end is not None:
            reading.logs[AT] = LogRange(0, end)
        if committed is not None and end is not None and committed < end:
            timestamp_ms = None if markers_only else round((self._now - 5) * 1000)
            reading.first_records = {Place(AT, committed): FirstRecord(timestamp_ms)}
        return self._tracker.observe(reading, self._now)

    def figures(
        self, committed: int | None, end: int | None, *, markers_only: bool = False
    ) -> PartitionLag:
        [figures] = self.round(committed, end, markers_only=markers_only).partitions
        return figures

    def nothing(self) -> Snapshot:
        self._now += EVERY_S
        return self._tracker.observe(ClusterReading(read_at=self._now), self._now)


def test_before_a_first_commit_lag_is_unknown() -> None:
    """O7."""
    figures = _Rounds().figures(None, 10)
    assert figures.lag is None
    assert figures.lag_s is None
    assert figures.committed is None
    assert figures.status is None
    assert figures.owner == SOMEBODY
    assert figures.log == LogRange(0, 10), "the log is known all the same"


def test_a_record_behind_an_idle_marker_is_no_stall_at_once() -> None:
    """Nothing has waited so far, however long the committed offset has stayed."""
    rounds = _Rounds()
    for _ in range(5):
        idle = rounds.figures(9, 10, markers_only=True)
        assert (idle.lag, idle.unprocessed, idle.lag_s, idle.drain_s) == (1, 0, 0.0, 0.0)
        assert idle.status is PartitionStatus.OK
    assert rounds.figures(9, 11).status is PartitionStatus.OK
    assert rounds.figures(9, 12).status is PartitionStatus.OK
    assert rounds.figures(9, 12).status is PartitionStatus.STALL


def test_a_figure_that_cannot_be_read_stays_for_a_while_and_then_goes() -> None:
    rounds = _Rounds()
    assert rounds.figures(3, 10).lag == 7
    for _ in range(4):
        assert rounds.figures(3, None).lag == 7
    gone = rounds.figures(3, None)
    assert gone.lag is None
    assert gone.committed == 3, "what can be read is told"


def test_a_group_that_cannot_be_read_stays_for_a_while_and_then_goes() -> None:
    rounds = _Rounds()
    rounds.figures(3, 10)
    for _ in range(4):
        kept = rounds.nothing()
        assert [one.lag for one in kept.partitions] == [7]
        assert [group.name for group in kept.groups] == ["g"]
    gone = rounds.nothing()
    assert not gone.partitions
    assert not gone.groups
    assert not gone.logs


def test_the_last_commit_is_known_once_it_was_seen_to_change() -> None:
    rounds = _Rounds()
    first = rounds.round(3, 10)
    [figures] = first.partitions
    assert figures.last_commit_at is None, "it may be days old"
    assert figures.unchanged_since == first.taken_at
    [still] = rounds.round(3, 12).partitions
    assert still.last_commit_at is None
    assert still.unchanged_since == first.taken_at
    moved = rounds.round(4, 12)
    assert moved.partitions[0].last_commit_at == moved.taken_at
    [stays] = rounds.round(4, 12).partitions
    assert stays.last_commit_at == stays.unchanged_since == moved.taken_at


def test_a_publishers_clock_that_is_ahead_makes_no_negative_age() -> None:
    tracker = LagTracker(window_rounds=3, keep_s=KEEP_S)
    reading = ClusterReading(read_at=1_000.0)
    reading.groups["g"] = GroupReading("g", "Empty", 0, {}, {AT: Committed(3, "")})
    reading.logs[AT] = LogRange(0, 10)
    reading.first_records = {Place(AT, 3): FirstRecord(2_000_000)}
    [figures] = tracker.observe(reading, 0).partitions
    assert figures.lag_s == 0
    assert figures.owner is None


def test_a_commit_beyond_the_log_is_no_group_that_is_well() -> None:
    figures = _Rounds().figures(500, 10)
    assert figures.lag == 0
    assert figures.status is PartitionStatus.REWIND


def test_what_cannot_be_read_is_counted_by_kind_for_as_long_as_that_lasts() -> None:
    """Once the figures are gone nothing else tells of it, and every alert on them has ended."""
    tracker = LagTracker(window_rounds=3, keep_s=KEEP_S)
    assert tracker.observe(ClusterReading(read_at=1.0), 1.0).unreadable == dict.fromkeys(
        UnreadableKind, 0
    )
    reading = ClusterReading(read_at=2.0)
    reading.groups["g"] = GroupReading("g", "Stable", 1, {AT: SOMEBODY}, {AT: Committed(3, "")})
    reading.failures = {
        Unreadable.partition(AT): "no leader",
        Unreadable.partition(Partition("events", 1)): "no leader",
        Unreadable.group("other"): "NotCoordinatorForGroupError",
    }
    for now in (2.0, 2.0 + KEEP_S + 1):
        snapshot = tracker.observe(reading, now)
        assert snapshot.unreadable == {
            UnreadableKind.BROKER: 0,
            UnreadableKind.GROUP: 1,
            UnreadableKind.TOPIC: 0,
            UnreadableKind.PARTITION: 2,
        }
        assert snapshot.failures["events-0"] == "no leader"
        assert snapshot.failures["group other"] == "NotCoordinatorForGroupError"
