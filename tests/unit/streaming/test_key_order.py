"""Key order: one of a key at a time, keys side by side, no key means no order."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from stream_service.streaming.judging.key_order import KeyOrder


def test_a_key_runs_one_after_another_and_others_pass() -> None:
    order: KeyOrder[str] = KeyOrder()
    for key, item in ((b"a", "a1"), (b"a", "a2"), (b"b", "b1"), (b"a", "a3")):
        order.add(key, item)
    assert [order.pop_ready(), order.pop_ready()] == ["a1", "b1"]
    assert not order
    order.release(b"a")
    assert order.pop_ready() == "a2"
    order.release(b"b")
    assert not order
    order.release(b"a")
    assert order.pop_ready() == "a3"


def test_null_keys_are_ready_at_once() -> None:
    """S12: a null key wedges nothing."""
    order: KeyOrder[int] = KeyOrder()
    for number in range(3):
        order.add(None, number)
    assert [order.pop_ready() for _ in range(3)] == [0, 1, 2]
    order.release(None)
    assert not order


def test_an_ended_key_leaves_nothing_behind() -> None:
    order: KeyOrder[int] = KeyOrder()
    for number in range(1_000):
        order.add(b"%d" % number, number)
        order.pop_ready()
        order.release(b"%d" % number)
    assert order.longest_queue == 0
    order.add(b"5", 5)
    assert order.pop_ready() == 5


def test_the_longest_queue_is_known() -> None:
    order: KeyOrder[int] = KeyOrder()
    for number in range(5):
        order.add(b"a", number)
    order.add(b"b", 9)
    assert order.longest_queue == 4
    order.clear()
    assert order.longest_queue == 0
    assert not order


@given(st.lists(st.one_of(st.sampled_from([b"a", b"b", b"c"]), st.none())))
def test_the_longest_queue_is_known_whatever_comes_and_goes(steps: list[bytes | None]) -> None:
    """A key adds an event of it; None ends the one that has been under way for the longest."""
    order: KeyOrder[bytes] = KeyOrder()
    queues: dict[bytes, int] = {}
    under_way: deque[bytes] = deque()
    for key in steps:
        if key is not None:
            queues[key] = queues.get(key, -1) + 1
            order.add(key, key)
        elif under_way:
            ended = under_way.popleft()
            queues[ended] -= 1
            order.release(ended)
        while order:
            under_way.append(order.pop_ready())
        assert order.longest_queue == max([0, *queues.values()])
