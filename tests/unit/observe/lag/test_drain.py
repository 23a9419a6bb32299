"""How long what waits will take: by the pace, not by the age."""

from collections.abc import Sequence
from math import inf

from stream_service.observe.lag.drain import drain_estimate_s
from stream_service.observe.lag.history import History, Observation

WINDOW = 4


def _drain_s(processed: Sequence[int], unprocessed: int, *, every_s: float = 10) -> float | None:
    history = History(WINDOW)
    for number, records in enumerate(processed):
        history.add(Observation(number * every_s, 0, unprocessed, records, 0))
    return drain_estimate_s(history, unprocessed)


def test_by_the_pace_of_the_window() -> None:
    assert _drain_s([0, 100, 200], 50) == 5
    assert _drain_s([0, 0, 0, 0, 300], 100) == 10, "30 s with 300: the first look is forgotten"


def test_nothing_waits() -> None:
    assert _drain_s([5], 0) == 0


def test_nothing_is_processed() -> None:
    assert _drain_s([5, 5, 5, 5], 1) == inf
    assert _drain_s([5, 5, 5], 1) is None, "not before the window is full"


def test_too_little_is_known() -> None:
    assert _drain_s([5], 1) is None
    assert _drain_s([5, 9], 1, every_s=0) is None


def test_after_a_rewind_there_is_no_pace() -> None:
    assert _drain_s([500, 20, 30, 40], 10) is None
    assert _drain_s([500, 20, 30, 40, 50], 10) == 10
