"""What goes into a transaction: bounded, whole in itself, and always a map that fits."""

import random

from stream_service.contracts.record import OutputRecord
from stream_service.streaming.offsets.offset_map import MAX_METADATA_BYTES, decode_offset_map
from stream_service.streaming.offsets.window import Progress, Window
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.publishing.commit_batch import (
    MAX_TRANSACTION_BYTES,
    MAX_TRANSACTION_EVENTS,
    next_commit,
)
from stream_service.streaming.publishing.suspects import CONDEMNED_AFTER, Suspects


def outcome(offset: int, size: int = 1) -> Outcome:
    return Outcome(
        offset=offset,
        kind=OutcomeKind.REPLIED,
        records=(OutputRecord(topic="t", key=None, value=b"x" * size),),
        received_timestamp_ms=0,
    )


def window_of(count: int) -> Window:
    window = Window(Progress(0))
    for offset in range(count):
        window.take(offset)
    return window


def test_nothing_finished_is_no_commit() -> None:
    assert next_commit(window_of(3), [], Suspects()) is None


def test_a_moved_frontier_alone_is_committed() -> None:
    window = Window(Progress(0))
    window.move_to(4)
    batch = next_commit(window, [], Suspects())
    assert batch is not None
    assert batch.progress == Progress(4)


def test_what_ends_while_a_commit_is_under_way_belongs_to_the_next() -> None:
    """S4: outcomes, offset and map are of one instant."""
    finished = [outcome(0)]
    batch = next_commit(window_of(3), finished, Suspects())
    finished.append(outcome(1))
    assert batch is not None
    assert [done.offset for done in batch.outcomes] == [0]
    assert batch.progress == Progress(1)


def test_a_transaction_is_bounded_by_count_and_bytes() -> None:
    many = [outcome(offset) for offset in range(MAX_TRANSACTION_EVENTS + 5)]
    batch = next_commit(window_of(len(many)), many, Suspects())
    assert batch is not None
    assert len(batch.outcomes) == MAX_TRANSACTION_EVENTS
    large = [outcome(offset, MAX_TRANSACTION_BYTES // 3) for offset in range(5)]
    batch = next_commit(window_of(5), large, Suspects())
    assert batch is not None
    assert 1 <= len(batch.outcomes) < 5
    single = [outcome(0, MAX_TRANSACTION_BYTES * 2)]
    batch = next_commit(window_of(1), single, Suspects())
    assert batch is not None
    assert len(batch.outcomes) == 1


def test_a_map_that_would_not_fit_leaves_the_highest_offsets_for_later() -> None:
    """Outcomes scattered over 100,000 offsets: about 12,500 bytes as a bitmap."""
    window = window_of(100_000)
    scattered = random.Random(7).sample(range(1, 100_000), MAX_TRANSACTION_EVENTS)
    finished = [outcome(offset) for offset in scattered]
    batch = next_commit(window, finished, Suspects())
    assert batch is not None
    assert 0 < len(batch.outcomes) < len(finished)
    assert len(batch.metadata) <= MAX_METADATA_BYTES
    taken = {done.offset for done in batch.outcomes}
    assert max(taken) < min(set(scattered) - taken)
    carried = {
        offset
        for first, behind in decode_offset_map(0, batch.metadata)
        for offset in range(first, behind)
    }
    assert carried == taken
    order = [offset for offset in scattered if offset in taken]
    assert [done.offset for done in batch.outcomes] == order, "in the order of completion"


def test_a_log_that_is_mostly_holes_gives_a_map_that_fits() -> None:
    """Compaction left one record of 20,000; told as runs, the holes between are 10,672 bytes."""
    offsets = [20_000 * number for number in range(1, 2_001)]
    window = Window(Progress(0))
    for offset in offsets:
        assert window.take(offset)
    batch = next_commit(window, [], Suspects())
    assert batch is not None
    assert batch.progress == Progress(20_000)
    assert len(batch.metadata) <= MAX_METADATA_BYTES
    window.acknowledge(batch.progress, ())
    published: set[int] = set()
    waiting = offsets[1:]
    random.Random(7).shuffle(waiting)
    finished: list[Outcome] = []
    while waiting or finished:
        finished += [outcome(waiting.pop()) for _ in range(min(50, len(waiting)))]
        batch = next_commit(window, finished, Suspects())
        assert batch is not None
        assert batch.outcomes, "what is done goes out while the first event is open"
        assert len(batch.metadata) <= MAX_METADATA_BYTES
        taken = {done.offset for done in batch.outcomes}
        window.acknowledge(batch.progress, taken)
        published |= taken
        finished = [left for left in finished if left.offset not in taken]
        told = decode_offset_map(batch.progress.frontier, batch.metadata)
        is_told = [any(first <= one < behind for first, behind in told) for one in offsets[1:]]
        assert is_told == [one in published for one in offsets[1:]], "neither more nor less"
    assert window.progress_with({20_000}).frontier == offsets[-1] + 1


def test_a_refused_transaction_is_taken_apart_until_the_culprit_is_known() -> None:
    suspects = Suspects()
    finished = [outcome(offset) for offset in (2, 0, 1, 3)]
    suspects.refused({0, 1}, "TooLarge")
    groups: list[list[int]] = []
    while finished:
        group = suspects.next_group(finished)
        groups.append([one.offset for one in group])
        finished = finished[len(group) :]
    assert groups == [[2], [0], [1], [3]], "in the order of completion, suspects alone"
    suspects.published({0})
    for _ in range(CONDEMNED_AFTER):
        assert suspects.condemnation(1) is None
        suspects.refused({1}, "TooLarge")
    assert suspects.condemnation(1) == "TooLarge"
    assert suspects.condemnation(0) is None


def test_refusals_of_different_kinds_condemn_nobody() -> None:
    suspects = Suspects()
    for kind in ("TooLarge", "Policy", "TooLarge", "Policy"):
        suspects.refused({1}, kind)
    assert suspects.condemnation(1) is None
