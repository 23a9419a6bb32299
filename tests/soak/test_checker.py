"""Each thing that may go wrong with decisions and repeats is told when it is shown."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.chaos.checker import Committed, Findings, Input, Output, Place
from tests.soak.checker import (
    Decided,
    DecisionRecord,
    Occurrence,
    ResultRecord,
    answered_repeats,
    check_decisions,
    repeated_places,
    split_waiting,
)
from tests.soak.ledger import SentDecision


def record(offset: int, event_id: str, decision_id: str, kind: str = "accept") -> DecisionRecord:
    text = f"text {decision_id}" if kind in ("edit", "response") else None
    return DecisionRecord(Place(0, offset), event_id, decision_id, kind, text)


def sent(one: DecisionRecord) -> SentDecision:
    return SentDecision(one.event_id, one.decision_id, one.type, one.text)


DECISIONS = [
    record(0, "a", "a1", "edit"),
    record(1, "b", "b1", "ignore"),
    record(2, "a", "a2"),
    record(3, "c", "c1"),
]
RESULTS = [
    ResultRecord("a", "a1", True, "a1"),
    ResultRecord("b", "b1", True, "b1"),
    ResultRecord("a", "a2", False, "a1"),
    ResultRecord("c", "c1", True, "c1"),
]
REPLIES = [("a", "text a1"), ("c", "draft c")]
GOOD = Decided(
    drafts={"a": "draft a", "b": "draft b", "c": "draft c", "d": "draft d"},
    decisions=DECISIONS,
    refused=(),
    results=RESULTS,
    human_replies=REPLIES,
)
ACKNOWLEDGED = {one.decision_id: sent(one) for one in DECISIONS}


def test_one_result_and_one_reply_each_is_faultless() -> None:
    assert check_decisions(ACKNOWLEDGED, GOOD).faultless


def test_an_acknowledged_decision_without_a_result_is_lost() -> None:
    promised = {**ACKNOWLEDGED, "d1": SentDecision("d", "d1", "accept", None)}
    findings = check_decisions(promised, GOOD)
    assert findings.lost == ["d1"]
    assert not findings.faultless


def test_one_that_the_engine_refused_is_not_lost_and_does_not_count() -> None:
    bad = record(4, "d", "d1")
    after = record(5, "d", "d2", "ignore")
    decided = replace(
        GOOD,
        decisions=[*DECISIONS, bad, after],
        refused={bad.place},
        results=[*RESULTS, ResultRecord("d", "d2", True, "d2")],
    )
    assert check_decisions({**ACKNOWLEDGED, "d1": sent(bad)}, decided).faultless


def test_a_decision_in_the_topic_without_a_result_is_told() -> None:
    decided = replace(GOOD, results=RESULTS[:3], human_replies=REPLIES)
    assert check_decisions({}, decided).unanswered == ["c1"]


def test_a_second_result_of_a_decision_sent_once_is_told() -> None:
    decided = replace(GOOD, results=[*RESULTS, RESULTS[0]])
    assert check_decisions({}, decided).unanswered == ["a1"]


def test_a_decision_sent_twice_is_answered_twice_alike() -> None:
    again = record(4, "a", "a1", "edit")
    decided = replace(GOOD, decisions=[*DECISIONS, again], results=[*RESULTS, RESULTS[0]])
    assert check_decisions(ACKNOWLEDGED, decided).faultless
    other = ResultRecord("a", "a1", False, "a2")
    decided = replace(GOOD, decisions=[*DECISIONS, again], results=[*RESULTS, other])
    assert check_decisions(ACKNOWLEDGED, decided).contradictory == ["a"]


@pytest.mark.parametrize(
    "results",
    [
        [replace(RESULTS[0], is_applied=False), *RESULTS[1:]],
        [*RESULTS[:2], replace(RESULTS[2], is_applied=True, applied_id="a2"), RESULTS[3]],
        [
            replace(RESULTS[0], is_applied=False, applied_id="a2"),
            ResultRecord("a", "a2", True, "a2"),
            RESULTS[1],
            RESULTS[3],
        ],
    ],
    ids=["none counts", "both count", "the second counts"],
)
def test_anything_but_the_first_decision_is_told(results: Sequence[ResultRecord]) -> None:
    findings = check_decisions(ACKNOWLEDGED, replace(GOOD, results=results))
    assert findings.contradictory == ["a"]
    assert not findings.faultless


def test_a_result_of_no_decision_is_told() -> None:
    stray = ResultRecord("d", "d1", True, "d1")
    findings = check_decisions(ACKNOWLEDGED, replace(GOOD, results=[*RESULTS, stray]))
    assert findings.unanswered == ["d1"]
    assert findings.contradictory == ["d"]


@pytest.mark.parametrize(
    ("replies", "item"),
    [
        (REPLIES[1:], "a"),
        ([*REPLIES, REPLIES[0]], "a"),
        ([("a", "text a2"), REPLIES[1]], "a"),
        ([REPLIES[0], ("c", "another")], "c"),
        ([*REPLIES, ("b", "draft b")], "b"),
        ([*REPLIES, ("d", "draft d")], "d"),
    ],
    ids=["missing", "doubled", "the loser's", "not the draft", "ignored", "undecided"],
)
def test_a_wrong_reply_is_told(replies: Sequence[tuple[str, str]], item: str) -> None:
    findings = check_decisions(ACKNOWLEDGED, replace(GOOD, human_replies=replies))
    assert findings.wrong_replies == [item]
    assert not findings.faultless


def event(offset: int, name: str, *, partition: int = 0) -> Occurrence:
    return Occurrence(Place(partition, offset), (name, 0))


def test_a_repeat_within_the_window_needs_no_outcome() -> None:
    assert repeated_places([event(0, "a"), event(9, "a"), event(11, "b")], 10) == {Place(0, 9)}


def test_a_repeat_beyond_the_window_or_elsewhere_is_an_event_again() -> None:
    apart = [event(0, "a"), event(11, "a"), event(1, "a", partition=1)]
    assert not repeated_places(apart, 10)


def test_the_window_is_counted_from_the_latest_repeat() -> None:
    chain = [event(0, "a"), event(8, "a"), event(16, "a")]
    assert repeated_places(chain, 10) == {Place(0, 8), Place(0, 16)}


def test_what_is_no_event_repeats_nothing_and_a_redriven_one_neither() -> None:
    garbage = [Occurrence(Place(0, offset), None) for offset in range(3)]
    redriven = [event(3, "a"), Occurrence(Place(0, 4), ("a", 1))]
    assert not repeated_places([*garbage, *redriven], 10)


def test_an_outcome_of_a_repeat_is_told() -> None:
    output = Output(Place(0, 9), False, Place(0, 3))
    findings = Findings(strays=[output, Output(Place(5, 5), False, Place(0, 4))])
    assert answered_repeats(findings, {Place(0, 9)}) == [output]


def test_what_is_behind_the_frontier_is_late_and_what_is_before_it_is_lost() -> None:
    lost = [Input(Place(partition, 5), b"k", 5, False) for partition in (0, 1, 2)]
    when_read = {0: Committed(5, "", 9), 1: Committed(6, "", 9)}
    findings, waiting = split_waiting(Findings(lost=lost), when_read)
    assert waiting == 1
    assert findings.lost == lost[1:]
