"""The window against a plain model: whatever order events end in, and whenever a crash comes."""

from hypothesis import given
from hypothesis import strategies as st

from stream_service.streaming.offsets.offset_map import decode_offset_map, encode_offset_map
from stream_service.streaming.offsets.window import Progress, Window


@given(
    gaps=st.lists(st.integers(1, 4), min_size=1, max_size=40),
    data=st.data(),
)
def test_every_offset_is_worked_on_once_over_crashes(gaps: list[int], data: st.DataObject) -> None:
    """Records stand at odd places in the log; sessions end anywhere; each record is done once."""
    log = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    end = log[-1] + 1
    worked: list[int] = []
    progress = Progress(0)
    while progress.frontier < end:
        window = Window(progress)
        to_take = [offset for offset in log if offset >= progress.frontier]
        in_work: list[int] = []
        finished: list[int] = []
        while True:
            actions = [
                *(["take"] if to_take else []),
                *(["finish"] if in_work else []),
                "commit",
                "crash",
            ]
            action = data.draw(st.sampled_from(actions))
            if action == "take":
                offset = to_take.pop(0)
                if window.take(offset):
                    in_work.append(offset)
            elif action == "finish":
                finished.append(in_work.pop(data.draw(st.integers(0, len(in_work) - 1))))
            elif action == "commit":
                if not to_take:
                    window.move_to(end)
                ways = (window.progress_with, window.least_progress_with)
                made = data.draw(st.sampled_from(ways))(set(finished))
                text = encode_offset_map(made.frontier, made.completed_ahead)
                assert made.frontier >= progress.frontier
                assert not any(first <= made.frontier for first, _ in made.completed_ahead)
                assert not any(offset < made.frontier for offset in in_work)
                window.acknowledge(made, set(finished))
                worked += finished
                finished.clear()
                progress = Progress(made.frontier, decode_offset_map(made.frontier, text))
                if not to_take and not in_work:
                    break
            else:
                break
    assert sorted(worked) == log


def test_finishing_alone_moves_nothing() -> None:
    window = Window(Progress(10))
    window.take(10)
    window.progress_with({10})
    assert window.committed == Progress(10)


def test_what_ends_behind_an_open_event_is_carried_ahead() -> None:
    window = Window(Progress(0))
    for offset in range(5):
        assert window.take(offset)
    made = window.progress_with({1, 2, 4})
    assert made == Progress(0, ((1, 3), (4, 5)))
    window.acknowledge(made, {1, 2, 4})
    assert len(window) == 2
    assert window.progress_with({0}) == Progress(3, ((4, 5),))


def test_the_frontier_crosses_gaps() -> None:
    window = Window(Progress(0))
    window.take(3)
    assert window.progress_with(()) == Progress(3)
    window.move_to(9)
    assert window.progress_with({3}) == Progress(9)
