"""Where a cue matches and where it does not."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import cast

import pytest

from stream_service.playbook import read_playbook
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
        # A star inside
        ("plant* a bomb", "I will plant a bomb", "plant a bomb"),
        ("plant* a bomb", "planting a bomb", "planting a bomb"),
        ("look* into (it|this)", "we looked into this", "looked into this"),
        ("(lodg*|mak*) a claim", "she is making a claim", "making a claim"),
        ("*sue", "we resue", "resue"),
        ("退*款", "退abc款", "退abc款"),
        # Something in between
        ("he ... hit me", "He hit me", "he hit me"),
        ("he ... hit me", "he, for no good reason, hit me", "he, for no good reason, hit me"),
        ("he ... hit me", "he came. It hit me", None),
        ("he ... hit me", "he came to us and in the end hit me", None),
        ("(son's|son) ... toy", "my son's red toy", "son's red toy"),
        ("孩子...吞", "孩子把电池给吞了", "孩子把电池给吞"),
        ("孩子...吞", "孩子很好，吞吐量也很好", None),
        # Not before, and at the start not after
        ("fire(^ pit| tv)", "the fire pit", None),
        ("fire(^ pit| tv)", "a fire", "fire"),
        ("去死(^机)", "点进去死机", None),
        ("去死(^机)", "你去死", "去死"),
        ("(^不|想)知道", "不知道", None),
        ("(^不|想)知道", "我知道", "知道"),
        ("(^the )end it", "in the end it worked", None),
        ("(^the )end it", "I will end it", "end it"),
    ],
)
def test_a_cue(cue: str, text: str, found: str | None) -> None:
    assert Cues([cue]).first_in(fold(text)) == found


def test_two_open_endings_in_a_long_run_take_no_long_time() -> None:
    with of_this_thread() as processor_time:
        assert Cues(["a*b*c", "*律师"]).first_in("ab" * 25_000 + " 律师") == "律师"
    assert processor_time.spent_s < 1.0  # without bounds: minutes


def test_all_matches_of_all_cues() -> None:
    cues = Cues(["refund*", "(free|gratis)"])
    assert cues.all_in(fold("Refunded! A free refund.")) == {"refunded", "refund", "free"}
    assert cues.all_in("nothing") == frozenset()


@pytest.mark.parametrize("cue", ["", "*", "(a|)", "( |b)", "* *", "...", "(^a)", "(a|*)"])
def test_a_cue_that_would_match_anything_is_refused(cue: str) -> None:
    with pytest.raises(ValueError, match="would match anything"):
        Cues([cue])


@pytest.mark.parametrize("cue", ["a(^)", "a(^b|)"])
def test_an_exception_of_everything_is_refused(cue: str) -> None:
    with pytest.raises(ValueError, match="would match nothing"):
        Cues([cue])


def spelt_out(cue: str) -> Iterator[str]:
    """What ``cue`` stands for: each choice once, beside the first of all others."""
    pieces = [
        piece.split("|") if position % 2 else [piece]
        for position, piece in enumerate(re.split(r"\(([^()]*)\)", cue))
        if not piece.startswith("^")
    ]
    for changed, options in enumerate(pieces):
        for option in options:
            spelt = "".join(
                option if place == changed else others[0] for place, others in enumerate(pieces)
            )
            for ending in ("", "ed"):
                yield spelt.replace(" ... ", " ").replace("...", "").replace("*", ending)


def cues_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in cast(dict[str, object], value).values():
            yield from cues_of(one)
    elif isinstance(value, list):
        for one in cast(list[object], value):
            yield from cues_of(one)


def test_every_cue_of_the_default_playbook_finds_what_it_stands_for() -> None:
    """A cue that never matches says nothing, and lets through what it was written against."""
    document = tomllib.loads((files("stream_service.playbook") / "default.toml").read_text("utf-8"))
    parts = ("escalation_cues", "churn_cues", "guard_cues")
    dead = {
        spelt
        for cue in cues_of([document[part] for part in parts])
        for cues in (Cues([cue]),)
        for spelt in spelt_out(cue)
        if cues.first_in(fold(spelt)) is None
    }
    assert not dead


def test_an_owners_cue_with_a_star_inside_is_found() -> None:
    default = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
    owned = default.replace('"bomb (threat*', '"poach* ... our (staff|people)", "bomb (threat*')
    assert owned != default
    cues = read_playbook(owned, "mine").file.escalation_cues.legal_safety
    assert cues.first_in("they poached two of our people") == "poached two of our people"


@pytest.mark.parametrize("cue", ["(a", "a)", "a|b", "(a(b)c)"])
def test_an_open_bracket_is_refused(cue: str) -> None:
    with pytest.raises(ValueError, match="open bracket"):
        Cues([cue])


@pytest.mark.parametrize(
    "unit",
    [
        "speak to ",
        "ignore all ",
        "律",
        "\n",
        "a",
        "第二",
        "<",
        "# ",
        "i ",
        "he ",
        "son ",
        "孩子",
        "插座",
        "a*",
    ],
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
