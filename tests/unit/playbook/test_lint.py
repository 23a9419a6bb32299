"""What ``playbook check`` finds in a playbook that could be used."""

from importlib.resources import files

import pytest

from stream_service.playbook import load_playbook, read_playbook
from stream_service.playbook.lint import suspicions

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
QUALITY = 'when = { aspects_any = ["quality", "packaging", "food"] }'


def found_in(old: str, new: str) -> str:
    assert old in DEFAULT, old
    return "\n".join(suspicions(read_playbook(DEFAULT.replace(old, new, 1), "mine")))


def test_the_default_playbook_is_not_odd() -> None:
    assert suspicions(load_playbook()) == ()


@pytest.mark.parametrize(
    "earlier",
    [
        'when = { aspects_any = ["delivery", "quality"], urgency_at_least = "normal" }',
        "when = {}",
        'when = { aspects_any = ["delivery"] }',
        "when = { sentiment_at_most = 0.5 }",
    ],
)
def test_a_rule_below_a_wider_one_is_never_reached(earlier: str) -> None:
    narrow = (
        'when = { aspects_any = ["delivery"], urgency_at_least = "high", sentiment_at_most = 0.2 }'
    )
    # The delivery strategy needs no more variables than the quality one below it.
    text = DEFAULT.replace('when = { aspects_any = ["delivery"] }', earlier, 1)
    text = text.replace(QUALITY, narrow, 1)

    told = "\n".join(suspicions(read_playbook(text, "mine")))

    assert "strategies.complaint[3]: investigate_quality is never reached" in told
    assert "investigate_delivery above it" in told


@pytest.mark.parametrize(
    "later",
    [
        "when = {}",
        'when = { aspects_any = ["delivery", "quality"] }',
        'when = { urgency_at_least = "critical" }',
    ],
)
def test_a_rule_that_holds_elsewhere_too_is_reached(later: str) -> None:
    told = found_in(QUALITY, later)
    assert "investigate_quality is never reached" not in told


def test_a_rule_above_that_needs_a_variable_leaves_cases_below_it() -> None:
    told = found_in(
        'when = { customer_tiers_any = ["gold", "platinum", "vip"], sentiment_at_most = -0.3 }',
        "when = {}",
    )
    assert "never reached" not in told


def test_conditions_that_exclude_each_other_are_told() -> None:
    told = found_in(
        "when = { rating_at_least = 5 }", "when = { rating_at_least = 5, rating_at_most = 2 }"
    )
    assert "strategies.praise[1].when: rating_at_least 5 is above rating_at_most 2" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("See you again soon!", "Here are 20 dollars!", "strategies.praise[1].wording.en"),
        ("See you again soon!", "We reply within 24 hours.", "longer than limits.deadline_hours"),
        ("See you again soon!", "We will refund you.", "a promise of guard_cues"),
        ("期待再次与您相见！", "我们会立即退款。", "strategies.praise[1].wording.zh"),
        ("期待再次与您相见！", "送您50元。", "50元"),
    ],
)
def test_promises_above_the_limits_are_told(old: str, new: str, told: str) -> None:
    assert told in found_in(old, new)


def test_promises_within_the_limits_are_not() -> None:
    text = DEFAULT.replace("goodwill_amount = 0 ", "goodwill_amount = 30 ", 1)
    text = text.replace("deadline_hours = 0 ", "deadline_hours = 48 ", 1)
    text = text.replace("See you again soon!", "Here are 20 dollars, within 24 hours.", 1)
    assert suspicions(read_playbook(text, "mine")) == ()
