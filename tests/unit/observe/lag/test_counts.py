"""Lag, loss, and what is left to process."""

from stream_service.observe.lag.partition_lag import LagCounts
from stream_service.observe.lag.reading import Committed, LogRange
from stream_service.streaming.offsets.offset_map import Runs, encode_offset_map


def _counts(committed: int, log: tuple[int, int], ahead: Runs = ()) -> LagCounts:
    return LagCounts.of(Committed(committed, encode_offset_map(committed, ahead)), LogRange(*log))


def test_lag_is_end_less_committed() -> None:
    counts = _counts(3, (0, 10))
    assert (counts.lag, counts.unprocessed, counts.lost) == (7, 7, 0)


def test_what_is_completed_ahead_is_lag_and_not_unprocessed() -> None:
    counts = _counts(3, (0, 10), [(4, 9)])
    assert (counts.lag, counts.unprocessed, counts.completed_ahead) == (7, 2, 5)


def test_what_retention_removed_is_lost_and_no_lag() -> None:
    counts = _counts(3, (8, 10))
    assert (counts.lag, counts.unprocessed, counts.lost) == (2, 2, 5)
    everything = _counts(3, (10, 10))
    assert (everything.lag, everything.lost) == (0, 7)


def test_what_was_completed_ahead_before_retention_is_not_lost() -> None:
    counts = _counts(3, (8, 10), [(4, 7), (9, 10)])
    assert (counts.lag, counts.unprocessed, counts.lost) == (2, 1, 2)


def test_a_commit_beyond_the_log_makes_nothing_negative() -> None:
    counts = _counts(100, (0, 10), [(110, 120)])
    assert (counts.lag, counts.unprocessed, counts.lost) == (0, 0, 0)


def test_metadata_of_other_clients_is_no_map() -> None:
    counts = LagCounts.of(Committed(3, "written by somebody else"), LogRange(0, 10))
    assert (counts.lag, counts.unprocessed) == (7, 7)


def test_markers_are_lag_as_every_tool_counts_and_nothing_to_process() -> None:
    counts = _counts(9, (0, 10)).with_markers_only()
    assert (counts.lag, counts.waiting, counts.unprocessed) == (1, 0, 0)
