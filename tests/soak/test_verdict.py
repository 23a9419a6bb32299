"""Every check fails when it is shown what it is there for, and says so in a sentence."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checker import Committed, Findings, Input, Output, Place
from tests.soak.checker import DecisionFindings
from tests.soak.trend import Trend
from tests.soak.verdict import Seen, problems_of, summary
from tests.soak.vitals import Vitals

FLAT = Vitals(
    memory=Trend(0.4, 1.5), rss=Trend(0.9, 1.5), rss_mb=150, handle_growth=1, task_growth=0
)
EVENT = Input(Place(0, 1), b"k", 1, False)
OUTPUT = Output(Place(0, 1), False, Place(0, 1))


def good() -> Seen:
    return Seen(
        seed=1,
        minutes=60,
        events=18_000,
        decisions=4_000,
        missing_events=(),
        answered_repeats=0,
        findings=Findings(),
        decision_findings=DecisionFindings(),
        lag=0,
        vitals={"worker-0-17": FLAT},
        errors={"worker_hung": 1},
        crashes={},
        complaints=(),
        faults={"worker-kill": 9},
    )


def test_a_good_run_has_no_problem() -> None:
    assert problems_of(good()) == []
    told = summary(good())
    wanted = {
        "minutes",
        "seed",
        "events",
        "lost",
        "duplicated",
        "decisions_lost",
        "memory_slope_mb_per_h",
        "rss_slope_mb_per_h",
        "handle_growth",
        "faults",
    }
    assert wanted <= told.keys()
    assert (told["lost"], told["duplicated"], told["decisions_lost"]) == (0, 0, 0)
    assert (told["memory_slope_mb_per_h"], told["rss_slope_mb_per_h"]) == (0.4, 0.9)


def findings(**wrong: object) -> Callable[[Seen], Seen]:
    return lambda seen: replace(seen, findings=replace(seen.findings, **wrong))


def decisions(**wrong: object) -> Callable[[Seen], Seen]:
    return lambda seen: replace(seen, decision_findings=replace(DecisionFindings(), **wrong))


def seen_as(**wrong: object) -> Callable[[Seen], Seen]:
    return lambda seen: replace(seen, **wrong)


def vitals(**wrong: object) -> Callable[[Seen], Seen]:
    return lambda seen: replace(seen, vitals={"console-5": replace(FLAT, **wrong)})


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (seen_as(missing_events=["e1"]), "acknowledged events are not in the topic"),
        (findings(lost=[EVENT]), "events have no outcome"),
        (seen_as(waiting=7), "7 events were not worked on"),
        (findings(duplicated=[[OUTPUT, OUTPUT]]), "more than one outcome"),
        (seen_as(answered_repeats=1), "repeated events were answered again"),
        (findings(out_of_order=[(OUTPUT, OUTPUT)]), "out of order"),
        (findings(wrong_kind=[OUTPUT]), "wrong kind"),
        (findings(strays=[OUTPUT]), "belong to no event"),
        (findings(uncommitted={0: Committed(1, "", 2)}), "not committed to their end"),
        (decisions(lost=["d"]), "acknowledged decisions have no result"),
        (decisions(unanswered=["d"]), "not one result for each time"),
        (decisions(contradictory=["e"]), "first decision applied"),
        (decisions(wrong_replies=["e"]), "their one reply"),
        (seen_as(requests_given_up=1), "in vain for minutes"),
        (seen_as(lag=3), "the lag is 3"),
        (seen_as(lag=-1), "the lag is -1"),
        (seen_as(events=0), "prove nothing"),
        (seen_as(decisions=0), "prove nothing"),
        (seen_as(vitals={}), "nothing is known of leaks"),
        (vitals(memory=Trend(9, 2)), "grows by 9.0 MB an hour, noise explains 2.0"),
        (vitals(handle_growth=40), "40 more open files"),
        (vitals(task_growth=40), "40 more tasks"),
        (seen_as(crashes={"POST feedback": 2}), "2 answers of 500 at POST feedback"),
        (seen_as(errors={"not JSON": 1}), "no alert covers: not JSON"),
        (seen_as(errors={"request_crashed": 1}), "no fault of the run explains: request_crashed"),
        (seen_as(complaints=["the console ended by itself"]), "the console ended by itself"),
    ],
)
def test_what_is_wrong_is_told(spoil: Callable[[Seen], Seen], sentence: str) -> None:
    [problem] = problems_of(spoil(good()))
    assert sentence in problem


def test_what_an_hour_cannot_tell_from_a_leak_is_none() -> None:
    assert problems_of(vitals(memory=Trend(3.9, 2))(good())) == []


def test_pages_of_files_that_were_read_are_no_leak() -> None:
    assert problems_of(vitals(rss=Trend(12, 2))(good())) == []


def test_no_progress_read_is_no_proof() -> None:
    assert problems_of(findings(no_progress=True)(good()))


def test_leaks_are_not_judged_while_caches_fill() -> None:
    short = replace(vitals(memory=Trend(90, 2), handle_growth=40)(good()), minutes=2.0)
    assert problems_of(short) == []
    assert summary(short)["leaks_judged"] is False
    assert problems_of(replace(short, vitals={})) == []
