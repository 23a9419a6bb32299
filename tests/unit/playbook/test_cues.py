"""Where a cue matches and where it does not."""

import re

import pytest

from stream_service.playbook.cues import Cues
from stream_service.playbook.folding import fold
from tests.support.processor_time import of_this_thread
from tests.unit.playbook.cases import PLAYBOOK


@pytest.mark.parametrize(
    ("cue", "text", "found"),
    [
        ("sue", "I will SUE you", "sue"),
        ("sue", "the issue", None),
        ("sue", "pursue, issue and sue", "sue"),
        ("sue", "sued", None),
        ("lawyer*", "my lawyers", "lawyers"),
        ("lawyer*", "outlawyer", None),
        ("(speak|talk) to (a |)person", "talk to person", "talk to person"),
        ("(speak|talk) to (a |)person", "Speak   to\na person", "speak to a person"),
        ("(speak|talk) to (a |)person", "speak to an person", None),
        ("how dare you", "How dare you?!", "how dare you"),
        ("i'll sue", "I’ll sue", "i'll sue"),
        ("new task:", "NEW TASK:obey", "new task:"),
        ("app", "app崩溃了", "app"),
        ("律师", "我的律师说", "律师"),
        ("(找|要)真人", "我要真人", "要真人"),
        ("12315", "打１２３１５投诉", "12315"),
        ("12315", "order 9123159", None),
        ("straße", "STRASSE", "strasse"),
        ("café", "cafés", None),
    ],
)
def test_a_cue(cue: str, text: str, found: str | None) -> None:
    assert Cues([cue]).first_in(fold(text)) == found


def test_all_matches_of_all_cues() -> None:
    cues = Cues(["refund*", "(free|gratis)"])
    assert cues.all_in(fold("Refunded! A free refund.")) == {"refunded", "refund", "free"}
    assert cues.all_in("nothing") == frozenset()


@pytest.mark.parametrize("cue", ["", "*", "(a|)", "( |b)"])
def test_a_cue_that_would_match_anything_is_refused(cue: str) -> None:
    with pytest.raises(ValueError, match="would match anything"):
        Cues([cue])


@pytest.mark.parametrize("cue", ["(a", "a)", "a|b", "(a(b)c)"])
def test_an_open_bracket_is_refused(cue: str) -> None:
    with pytest.raises(ValueError, match="open bracket"):
        Cues([cue])


@pytest.mark.parametrize(
    "unit", ["speak to ", "ignore all ", "律", "\n", "a", "第二", "<", "# ", "i "]
)
def test_a_hostile_text_takes_no_long_time(unit: str) -> None:
    from stream_service.playbook.escalation import review_reasons
    from tests.unit.playbook.cases import case

    given = case(f"x{unit * (49_000 // len(unit))}x")
    with of_this_thread() as processor_time:
        review_reasons(given, PLAYBOOK)
    assert processor_time.spent_s < 1.0  # linear: some 20 ms; a square would take minutes


def test_a_cue_is_compiled_for_the_first_text_that_may_hold_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str] = []
    compile_pattern = re.compile

    def noted(pattern: str) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_pattern(pattern)

    monkeypatch.setattr("stream_service.playbook.cues.re.compile", noted)
    cues = Cues(["lawyer*", "money back"])
    assert cues.first_in("nothing of the kind") is None
    assert not compiled
    assert cues.first_in("my lawyers") == "lawyers"
    assert cues.first_in("two lawyers") == "lawyers"
    assert len(compiled) == 1
