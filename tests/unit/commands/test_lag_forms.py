"""Lag as a table and as JSON."""

from math import inf
from typing import Any

import orjson
import pytest
from rich.console import Console

from stream_service.commands.display.lag_document import lag_document
from stream_service.commands.display.lag_table import duration, lag_table
from stream_service.commands.lag_thresholds import Judgement
from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.reading import LogRange, Member
from stream_service.observe.lag.snapshot import GroupSummary, PartitionLag, Snapshot
from stream_service.streaming.partition import Partition

NOW = 1_700_000_000.0


def _figures(number: int, lag: int | None, **more: Any) -> PartitionLag:
    return PartitionLag("g", Partition("events", number), log=LogRange(0, 4_200), lag=lag, **more)


STUCK = _figures(
    0,
    1_200,
    committed=3_000,
    lost=3,
    unprocessed=12,
    lag_s=3_700.0,
    drain_s=inf,
    last_commit_at=NOW - 3_600,
    unchanged_since=NOW - 3_600,
    status=PartitionStatus.STALL,
    owner=Member("id", "worker-2", "10.0.0.7"),
)
MOVING = _figures(
    1,
    100,
    committed=4_100,
    lost=0,
    unprocessed=100,
    lag_s=2.5,
    drain_s=5.0,
    unchanged_since=NOW - 42,
)
NEVER = _figures(2, None)
SNAPSHOT = Snapshot(
    taken_at=NOW,
    groups=(GroupSummary("g", "Stable", 2), GroupSummary("idle", "Unknown", None)),
    partitions=(STUCK, MOVING, NEVER),
    failures={"broker 3": "does not answer"},
)


def _lines(snapshot: Snapshot, *, screen_lines: int | None = None) -> list[list[str]]:
    console = Console(width=500)
    with console.capture() as captured:
        console.print(lag_table(snapshot, status_after_s=135, screen_lines=screen_lines))
    return [line.split() for line in captured.get().splitlines() if line.strip()]


def test_every_partition_has_a_row_and_what_is_unknown_is_not_0() -> None:
    headline, names, _, stuck, moving, never, idle, note = _lines(SNAPSHOT)
    assert " ".join(headline) == "g Stable, members: 2, lag: 1,300 and 1 partitions unknown"
    assert names[:3] == ["topic", "partition", "status"]
    assert " ".join(stuck) == (
        "events 0 stall 1,200 1 h 1 min 12 never 3,000 4,200 3 1 h ago worker-2 10.0.0.7"
    )
    assert " ".join(moving) == "events 1 ? 100 2.5 s 100 5.0 s 4,100 4,200 0 over 42 s ago"
    assert " ".join(never) == "events 2 ? ? ? ? ? ? 4,200 ? none yet"
    assert " ".join(idle) == "idle Unknown, members: ?, lag: ?"
    assert " ".join(note) == "a status that is not known yet is after 2 min 15 s of looking"


def test_a_screen_shows_what_is_furthest_behind_and_what_is_unknown() -> None:
    rows = [_figures(number, number) for number in range(2, 100)]
    snapshot = Snapshot(
        taken_at=NOW, groups=SNAPSHOT.groups[:1], partitions=(STUCK, _figures(1, None), *rows)
    )
    *lines, rest, _ = _lines(snapshot, screen_lines=20)
    numbers = [line[1] for line in lines[3:]]
    assert numbers == ["0", "1", *map(str, range(87, 100))]
    assert rest == ["and", "85", "partitions", "that", "are", "less", "far", "behind"]
    assert len(_lines(snapshot)) == 3 + 100 + 1


def test_a_hostile_name_draws_nothing_of_its_own() -> None:
    group = GroupSummary("g\x1b[31m\nh", "Stable", 1)
    [[*words], *_] = _lines(Snapshot(taken_at=NOW, groups=(group,)))
    assert "\x1b" not in " ".join(words)
    assert words[1:] == ["h", "Stable,", "members:", "1,", "lag:", "?"]


def test_json_has_null_for_what_is_unknown() -> None:
    document = orjson.loads(lag_document(SNAPSHOT, None))
    assert document["taken_at"] == "2023-11-14T22:13:20+00:00"
    assert document["unreadable"] == {"broker 3": "does not answer"}
    group, idle = document["groups"]
    assert (group["group"], group["state"], group["members"]) == ("g", "Stable", 2)
    assert (idle["members"], idle["partitions"]) == (None, [])
    stuck, moving, never = group["partitions"]
    assert stuck == {
        "topic": "events",
        "partition": 0,
        "status": "stall",
        "lag_messages": 1_200,
        "lag_seconds": 3_700.0,
        "unprocessed_messages": 12,
        "processed_per_second": 0.0,
        "drain_estimate_seconds": None,
        "committed_offset": 3_000,
        "start_offset": 0,
        "end_offset": 4_200,
        "lost_messages": 3,
        "last_commit_age_seconds": 3_600.0,
        "no_commit_for_seconds": 3_600.0,
        "owner": {"member_id": "id", "client_id": "worker-2", "host": "10.0.0.7"},
    }
    assert (moving["processed_per_second"], moving["drain_estimate_seconds"]) == (20.0, 5.0)
    assert (moving["last_commit_age_seconds"], moving["no_commit_for_seconds"]) == (None, 42.0)
    unknown = ("status", "lag_messages", "lag_seconds", "committed_offset", "lost_messages")
    assert [never[name] for name in unknown] == [None] * len(unknown)
    assert never["end_offset"] == 4_200


def test_json_is_one_line_and_tells_the_judgement() -> None:
    written = lag_document(SNAPSHOT, Judgement(("too far",), ("who knows",)))
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    document = orjson.loads(written)
    assert (document["over"], document["unknown"]) == (["too far"], ["who knows"])


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0.0 s"),
        (9.94, "9.9 s"),
        (45.4, "45 s"),
        (60.0, "1 min"),
        (200.0, "3 min 20 s"),
        (7_500.0, "2 h 5 min"),
        (273_600.0, "3 d 4 h"),
        (inf, "never"),
    ],
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told
