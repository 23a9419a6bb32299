"""Cues that look like a rule and never hold, of which ``playbook check`` tells."""

from importlib.resources import files

import pytest

from stream_service.playbook import read_playbook
from stream_service.playbook.cues import Cues
from stream_service.playbook.lint import suspicions
from stream_service.playbook.unmatched import never_matching

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("cue", "spelling"),
    [
        ("credit  card", "credit  card"),
        ("credit\tcard", "credit\tcard"),
        ("退 款", "退 款"),
        ("(talk |speak )  to", "talk   to"),
        ("he...hit me", "he hit me"),
        ("... hit me", "  hit me"),
        ("fire(^ pit) pit", "fire pit"),
        ("去死(^机)(机|吧)", "去死机"),
        ("at&amp;t", "at&amp;t"),
        ("x(^ a) (a|b)", "x a"),
        ("(you|'ll) see", "we'll see"),
    ],
)
def test_what_a_cue_never_finds_is_told(cue: str, spelling: str) -> None:
    assert list(never_matching(Cues([cue]))) == [(cue, spelling)]


@pytest.mark.parametrize(
    "cue",
    [
        "lawyer*",
        "LAWYER",
        "plant* a bomb",
        "he ... hit me",
        "孩子...吞",
        "（找|要）真人",
        "(^不|想)知道",
        "去死(^机)",
        "律師",
        "new task:",
        "app 助手",
        "'tis (a |)pity",
        "1.0",
        "&",
    ],
)
def test_a_cue_that_finds_what_it_stands_for_is_not(cue: str) -> None:
    assert list(never_matching(Cues([cue]))) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"furious"', '"so  furious"', "escalation_cues.anger: 'so  furious' never finds"),
        ('"气死"', '"气 死"', "write one space between words, and none beside Chinese"),
        ('"uninstall*"', '"un...install"', "churn_cues: 'un...install' never finds"),
        ('"place", "surround', '"fire(^ pit) pit", "surround', "aspects.location.synonyms:"),
        ('"voucher*"', '"gift  voucher*"', "guard_cues.money: 'gift  voucher*' never finds"),
    ],
)
def test_the_check_names_the_place_and_the_fix(old: str, new: str, told: str) -> None:
    assert old in DEFAULT
    found = suspicions(read_playbook(DEFAULT.replace(old, new, 1), "mine"))
    assert len(found) == 1
    assert told in found[0]
