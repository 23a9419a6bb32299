"""Latency, token counts, and values that are none."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.devkit.llm_simulator import Behaviour, Fault, Latency, LatencyShape
from stream_service.devkit.llm_simulator.tokens import count_tokens, cut_to_tokens, split_tokens


@pytest.mark.parametrize("shape", LatencyShape)
def test_latencies_have_the_mean_that_is_asked_for(shape: LatencyShape) -> None:
    chance = random.Random(5)
    latency = Latency(mean_s=1.0, shape=shape, tail=3.0)
    drawn = [latency.draw_s(chance) for _ in range(20_000)]
    assert statistics.fmean(drawn) == pytest.approx(1.0, abs=0.03)


def test_the_shapes_differ_in_their_tails() -> None:
    chance = random.Random(5)

    def p99(shape: LatencyShape) -> float:
        latency = Latency(mean_s=1.0, shape=shape)
        return statistics.quantiles((latency.draw_s(chance) for _ in range(20_000)), n=100)[98]

    assert p99(LatencyShape.FIXED) == 1.0
    assert p99(LatencyShape.LOGNORMAL) == pytest.approx(1.9, abs=0.1)
    assert p99(LatencyShape.PARETO) == pytest.approx(5.0, abs=0.5)


def test_no_latency_needs_no_distribution() -> None:
    for shape in LatencyShape:
        assert Latency(shape=shape).draw_s(random.Random(1)) == 0.0


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"faults": {Fault.HANG: 1.5}}, "hang"),
        ({"faults": {Fault.HANG: 0.6, Fault.HTML: 0.6}}, "more than 1 together"),
        ({"certainty": 1.0}, "certainty"),
        ({"retry_after_s": -1.0}, "retry_after_s"),
        ({"dribble_bytes": 0}, "dribble_bytes"),
        ({"context_tokens": 0}, "context_tokens"),
    ],
)
def test_a_value_out_of_range_is_named(wrong: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Behaviour(**wrong)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "wrong", [{"mean_s": -1.0}, {"mean_s": float("nan")}, {"sigma": -1.0}, {"tail": 1.0}]
)
def test_a_latency_out_of_range_is_named(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Latency(**wrong)  # pyright: ignore[reportArgumentType]


@given(st.text())
def test_tokens_make_up_the_text(text: str) -> None:
    assert "".join(split_tokens(text)) == text


@given(st.text(), st.integers(1, 50))
def test_a_cut_is_the_longest_beginning_within_the_cap(text: str, tokens: int) -> None:
    cut = cut_to_tokens(text, tokens)
    assert text.startswith(cut)
    assert count_tokens(cut) <= tokens
    if cut != text:
        assert count_tokens(text[: len(cut) + 1]) > tokens


def test_a_chinese_character_is_a_token_and_four_letters_are_one() -> None:
    assert count_tokens("包裹晚到了") == 5
    assert count_tokens("late late") == 2
    assert count_tokens("") == 1
