"""The checker can fail: each fault that it is there for is told when it is shown to it."""

from collections.abc import Sequence

from tests.chaos.checker import Committed, Input, Output, Place, check, repeated_numbers

DONE = {0: Committed(frontier=4, metadata="", end=4)}

INPUTS = [
    Input(Place(0, 0), b"a", 0, False),
    Input(Place(0, 1), b"b", 1, False),
    Input(Place(0, 2), b"a", 2, False),
    Input(Place(0, 3), b"a", 3, True),
]


def reply(source: int, at: int) -> Output:
    return Output(Place(0, source), False, Place(0, at))


def dead_letter(source: int, at: int) -> Output:
    return Output(Place(0, source), True, Place(0, at))


GOOD: Sequence[Output] = [reply(0, 0), reply(1, 1), reply(2, 2), dead_letter(3, 0)]


def test_one_output_each_in_order_and_all_committed_is_faultless() -> None:
    assert check(INPUTS, GOOD, DONE).faultless


def test_keys_may_overtake_each_other() -> None:
    outputs = [reply(1, 0), reply(0, 1), reply(2, 2), dead_letter(3, 0)]
    assert check(INPUTS, outputs, DONE).faultless


def test_a_lost_event_is_told() -> None:
    findings = check(INPUTS, [reply(0, 0), reply(2, 1), dead_letter(3, 0)], DONE)
    assert [event.number for event in findings.lost] == [1]
    assert not findings.faultless


def test_a_lost_dead_letter_is_told() -> None:
    findings = check(INPUTS, GOOD[:3], DONE)
    assert [event.number for event in findings.lost] == [3]
    assert not findings.faultless


def test_a_doubled_reply_is_told_with_all_its_places() -> None:
    findings = check(INPUTS, [*GOOD, reply(1, 7)], DONE)
    assert [[output.place for output in same] for same in findings.duplicated] == [
        [Place(0, 1), Place(0, 7)]
    ]
    assert not findings.faultless


def test_a_reply_and_a_dead_letter_of_one_event_are_a_double() -> None:
    findings = check(INPUTS, [*GOOD, dead_letter(1, 1)], DONE)
    assert len(findings.duplicated) == 1
    assert not findings.faultless


def test_replies_of_one_key_out_of_order_are_told() -> None:
    findings = check(INPUTS, [reply(2, 0), reply(0, 1), reply(1, 2), dead_letter(3, 0)], DONE)
    [(before, behind)] = findings.out_of_order
    assert (before.source, behind.source) == (Place(0, 2), Place(0, 0))
    assert not findings.faultless


def test_the_order_is_that_of_the_log_and_not_that_of_reading() -> None:
    outputs = [reply(2, 2), reply(1, 1), dead_letter(3, 0), reply(0, 0)]
    assert check(INPUTS, outputs, DONE).faultless


def test_a_doubled_reply_behind_later_ones_counts_as_a_double_alone() -> None:
    findings = check(INPUTS, [*GOOD, reply(0, 9)], DONE)
    assert len(findings.duplicated) == 1
    assert not findings.out_of_order


def test_an_output_of_the_wrong_kind_is_told() -> None:
    findings = check(INPUTS, [*GOOD[:3], reply(3, 3)], DONE)
    assert [output.source for output in findings.wrong_kind] == [Place(0, 3)]
    assert not findings.faultless


def test_an_output_of_no_event_is_told() -> None:
    findings = check(INPUTS, [*GOOD, reply(4, 3)], DONE)
    assert [output.source for output in findings.strays] == [Place(0, 4)]
    assert not findings.faultless


def test_a_frontier_short_of_the_end_is_told() -> None:
    short = Committed(frontier=3, metadata="", end=4)
    findings = check(INPUTS, GOOD, {0: short})
    assert findings.uncommitted == {0: short}
    assert not findings.faultless


def test_a_map_that_is_left_is_told() -> None:
    left = Committed(frontier=4, metadata="1:x", end=4)
    assert check(INPUTS, GOOD, {0: left}).uncommitted == {0: left}


def test_no_progress_read_is_no_proof() -> None:
    assert not check(INPUTS, GOOD, {}).faultless


def test_a_feeder_that_repeats_itself_is_told() -> None:
    assert repeated_numbers([*INPUTS, Input(Place(1, 0), b"a", 2, False)]) == [2]
    assert not repeated_numbers(INPUTS)
