"""How far behind is too far, and what cannot be said."""

import pytest

from stream_service.commands.lag_thresholds import ThresholdInvalid, Thresholds, judge
from stream_service.observe.lag.reading import LogRange
from stream_service.observe.lag.snapshot import GroupSummary, PartitionLag, Snapshot
from stream_service.streaming.partition import Partition

GROUPS = (GroupSummary("g", "Stable", 1),)


def _figures(
    number: int, lag: int | None, lag_s: float | None, *, topic: str = "events", end: int = 100
) -> PartitionLag:
    committed = None if lag is None else end - lag
    return PartitionLag(
        "g",
        Partition(topic, number),
        committed=committed,
        log=LogRange(0, end),
        lag=lag,
        lag_s=lag_s,
    )


def _snapshot(*figures: PartitionLag, **failures: str) -> Snapshot:
    return Snapshot(taken_at=0, groups=GROUPS, partitions=figures, failures=failures)


@pytest.mark.parametrize(
    ("given", "messages", "age_s"),
    [
        (["1000"], 1000, None),
        (["0"], 0, None),
        (["30s"], None, 30),
        (["500ms"], None, 0.5),
        (["1.5m"], None, 90),
        (["2h", "1d"], None, 7_200),
        (["1000", "5m", "200", "10s"], 200, 10),
        ([], None, None),
    ],
)
def test_messages_and_ages(given: list[str], messages: int | None, age_s: float | None) -> None:
    assert Thresholds.parse(given) == Thresholds(messages, age_s)


@pytest.mark.parametrize("text", ["", "many", "-5", "1.5", "1e3", "30 seconds", "1,000", "s", "5w"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ThresholdInvalid, match=r"write messages as 1000, or an age as .*30s"):
        Thresholds.parse([text])


def test_messages_are_those_of_a_group_on_a_topic() -> None:
    snapshot = _snapshot(_figures(0, 30, 1), _figures(1, 30, 1), _figures(0, 30, 1, topic="other"))
    assert not judge(snapshot, Thresholds(messages=60)).over
    [over] = judge(snapshot, Thresholds(messages=59)).over
    assert over == "g on events: 60 messages, more than 59"


def test_an_age_is_that_of_one_partition() -> None:
    """O11: one that is stuck does not vanish among many that are not."""
    well = [_figures(number, 0, 0.0) for number in range(50)]
    snapshot = _snapshot(*well, _figures(50, 1, 31.0))
    assert not judge(snapshot, Thresholds(age_s=31)).over
    [over] = judge(snapshot, Thresholds(age_s=30)).over
    assert over == "g on events-50: 31.0 s, more than 30 s"
    assert not judge(snapshot, Thresholds(messages=1, age_s=31)).over


def test_what_is_unknown_is_named() -> None:
    snapshot = _snapshot(_figures(0, None, None), _figures(1, 5, None))
    by_messages = judge(snapshot, Thresholds(messages=10))
    assert not by_messages.over
    assert by_messages.unknown == ["g on events-0: no commit yet"]
    by_age = judge(snapshot, Thresholds(age_s=10))
    assert by_age.unknown == [
        "g on events-0: no commit yet",
        "g on events-1: the first unprocessed record could not be read",
    ]


def test_known_to_be_over_whatever_the_rest_is() -> None:
    snapshot = _snapshot(_figures(0, None, None), _figures(1, 50, 1))
    assert judge(snapshot, Thresholds(messages=10)).over


def test_without_a_record_in_the_log_nobody_waits_though_nothing_is_committed() -> None:
    snapshot = _snapshot(_figures(0, None, None, end=0), _figures(1, 0, 0.0))
    assert not judge(snapshot, Thresholds(messages=0, age_s=0)).unknown


def test_what_could_not_be_read_is_unknown() -> None:
    snapshot = _snapshot(_figures(0, 0, 0.0), broker_1="does not answer")
    assert judge(snapshot, Thresholds(messages=0)).unknown == ["broker_1: does not answer"]
    unread = PartitionLag("g", Partition("events", 1), committed=3)
    [reason] = judge(_snapshot(unread), Thresholds(messages=0)).unknown
    assert reason == "g on events-1: the log's end could not be read"


def test_nothing_at_all_is_not_up_to_date() -> None:
    assert judge(Snapshot(taken_at=0), Thresholds(messages=10)).unknown
    assert judge(_snapshot(), Thresholds(messages=10)).unknown
