"""Duplicates: the answer depends on the log alone, also after a restart."""

from hypothesis import given
from hypothesis import strategies as st

from stream_service.streaming.offsets.duplicates import DuplicateWindow


def test_the_same_event_within_the_offsets_is_a_duplicate() -> None:
    window = DuplicateWindow(10)
    assert not window.is_duplicate(0, ("a", 0))
    assert window.is_duplicate(10, ("a", 0))
    assert not window.is_duplicate(21, ("a", 0))


def test_an_event_sent_back_from_the_dead_letters_is_none() -> None:
    window = DuplicateWindow(10)
    assert not window.is_duplicate(0, ("a", 0))
    assert not window.is_duplicate(1, ("a", 1))


def test_zero_switches_it_off() -> None:
    window = DuplicateWindow(0)
    assert not window.is_duplicate(0, ("a", 0))
    assert not window.is_duplicate(1, ("a", 0))


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from("abcdef")), min_size=1, max_size=60),
    st.integers(1, 12),
    st.data(),
)
def test_a_restart_that_reads_the_last_offsets_again_answers_the_same(
    shape: list[tuple[int, str]], size: int, data: st.DataObject
) -> None:
    log: list[tuple[int, str]] = []
    offset = 0
    for gap, name in shape:
        offset += gap
        log.append((offset, name))
    window = DuplicateWindow(size)
    answers = [window.is_duplicate(offset, (name, 0)) for offset, name in log]
    expected = [
        any(other == name and offset - size <= at < offset for at, other in log[:index])
        for index, (offset, name) in enumerate(log)
    ]
    assert answers == expected
    frontier = data.draw(st.sampled_from([offset for offset, _ in log]))
    again = DuplicateWindow(size)
    for index, (offset, name) in enumerate(log):
        if offset >= frontier - size:
            answer = again.is_duplicate(offset, (name, 0))
            if offset >= frontier:
                assert answer == answers[index]
