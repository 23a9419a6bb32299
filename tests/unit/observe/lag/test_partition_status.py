"""Burrow's rules, on what rounds see of a partition."""

from collections.abc import Sequence

import pytest

from stream_service.observe.lag.history import History, Observation, checksum
from stream_service.observe.lag.partition_status import PartitionStatus, partition_status

WINDOW = 4


def _status(
    committed: Sequence[int],
    waiting: Sequence[int],
    *,
    maps: Sequence[str] = (),
    owned: bool | None = True,
    is_beyond_log: bool = False,
) -> PartitionStatus | None:
    history = History(WINDOW)
    for at, (offset, records) in enumerate(zip(committed, waiting, strict=True)):
        metadata = maps[at] if maps else ""
        history.add(Observation(at, offset, records, offset, checksum(metadata)))
    return partition_status(history, is_beyond_log=is_beyond_log, owned=owned)


OK, WARN, STALL, STOP, REWIND = PartitionStatus


def test_nothing_waits() -> None:
    assert _status([7], [0]) is OK
    assert _status([7, 7, 7, 7], [5, 5, 5, 0]) is OK
    assert _status([7, 7, 7, 7], [0, 0, 0, 0], owned=False) is OK


def test_it_has_been_up_to_date_within_the_window() -> None:
    assert _status([7, 7, 7, 7], [0, 5, 6, 7]) is OK
    assert _status([7, 7], [0, 5]) is OK, "known before the window is full"
    assert _status([7, 7, 7, 7, 7], [0, 5, 6, 7, 8]) is STALL, "no longer within the window"


def test_it_goes_on_and_its_lag_falls() -> None:
    assert _status([1, 2, 3, 4], [9, 8, 9, 10]) is OK
    assert _status([1, 2], [9, 8]) is OK, "known before the window is full"


def test_it_goes_on_and_its_lag_never_falls() -> None:
    assert _status([1, 2, 3, 4], [9, 9, 10, 11]) is WARN
    assert _status([1, 2, 3, 4], [9, 9, 9, 9]) is WARN
    assert _status([1, 1, 1, 2], [9, 10, 11, 11], owned=False) is WARN


@pytest.mark.parametrize("waiting", [[9, 9, 9, 9], [9, 10, 11, 12], [12, 11, 10, 9]])
def test_nothing_moves_though_records_wait(waiting: Sequence[int]) -> None:
    """A lag that falls by retention alone is no progress either."""
    assert _status([1, 1, 1, 1], waiting) is STALL
    assert _status([1, 1, 1, 1], waiting, owned=False) is STOP
    assert _status([1, 1, 1, 1], waiting, owned=None) is STALL, "nobody is known to be missing"


def test_a_changed_map_is_progress() -> None:
    """One slow event: later ones are completed, and the committed offset stays before it."""
    assert _status([1, 1, 1, 1], [9, 10, 11, 12], maps=["", "a", "b", "c"]) is WARN
    assert _status([1, 1, 1, 1], [9, 10, 11, 12], maps=["a", "a", "a", "b"]) is WARN
    assert _status([1, 1, 1, 1], [9, 10, 11, 12], maps=["a", "a", "a", "a"]) is STALL
    assert _status([1, 1, 1, 1], [9, 10, 8, 12], maps=["", "a", "b", "c"]) is OK


def test_nothing_is_said_before_the_window_is_full() -> None:
    assert _status([1], [9]) is None
    assert _status([1, 1, 1], [9, 9, 9]) is None
    assert _status([1, 2, 3], [9, 9, 9]) is None


def test_the_committed_offset_goes_back() -> None:
    assert _status([5, 2], [1, 4]) is REWIND
    assert _status([5, 2, 3, 4], [1, 4, 3, 2]) is REWIND
    assert _status([5, 2, 3, 5], [1, 4, 3, 0]) is OK, "it has caught up"
    assert _status([5, 2, 2, 2, 2], [1, 4, 4, 4, 4]) is STALL, "no longer within the window"


def test_the_log_goes_back_behind_the_committed_offset() -> None:
    assert _status([500], [0], is_beyond_log=True) is REWIND


def test_looking_more_often_does_not_shorten_what_the_rules_look_back_on() -> None:
    spaced, crowded = History(WINDOW), History(WINDOW)
    for second in range(60):
        # Up to date until half a minute ago: within four looks that are ten seconds apart.
        waiting = 0 if second <= 30 else second
        observed = Observation(second, 7, waiting, 7, checksum(""))
        spaced.add(observed, spacing_s=10)
        crowded.add(observed)
    assert spaced.is_full
    assert [one.at for one in spaced.observations()] == [30, 40, 50, 59]
    assert partition_status(spaced, is_beyond_log=False, owned=True) is OK
    assert partition_status(crowded, is_beyond_log=False, owned=True) is STALL
