"""An hour of lag for the chart: what it shows, and what it takes."""

import tracemalloc
from collections import deque

from stream_service.console.live.lag_history import Waiting, waiting_of
from stream_service.console.pages.views.lag_groups import series
from stream_service.observe.lag.snapshot import PartitionLag, Snapshot
from stream_service.streaming.partition import Partition


def snapshot(taken_at: float, waiting: dict[tuple[str, int], int | None]) -> Snapshot:
    return Snapshot(
        taken_at,
        partitions=tuple(
            PartitionLag(group, Partition("events", number), unprocessed=records)
            for (group, number), records in waiting.items()
        ),
    )


def history_of(*snapshots: Snapshot) -> list[Waiting]:
    kept: list[Waiting] = []
    for one in snapshots:
        kept.append(waiting_of(one, kept[-1] if kept else None))
    return kept


def test_groups_and_their_partitions_are_lines() -> None:
    history = history_of(
        snapshot(1, {("a", 0): 5, ("a", 1): 2, ("b", 0): 1}),
        snapshot(2, {("a", 0): 0, ("a", 1): None, ("b", 0): 9}),
        snapshot(3, {("b", 0): 4}),
    )
    assert series(history, None) == {
        "a": [(1_000, 7), (2_000, 0), (3_000, None)],
        "b": [(1_000, 1), (2_000, 9), (3_000, 4)],
    }
    assert series(history, "a") == {
        "events 0": [(1_000, 5), (2_000, 0), (3_000, None)],
        "events 1": [(1_000, 2), (2_000, None), (3_000, None)],
    }


def test_a_quarter_of_an_hour_of_a_large_cluster_takes_less_than_a_megabyte() -> None:
    """Kept as snapshots a thousand partitions took sixteen of them, without their logs."""
    history: deque[Waiting] = deque(maxlen=240)
    tracemalloc.start()
    for number in range(60):
        of_now = snapshot(number, {("group", one): number * one for one in range(1_000)})
        history.append(waiting_of(of_now, history[-1] if history else None))
        del of_now
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(records for _, _, records in history[-1]) == 59 * 999 * 500
    assert held < 1_000_000
