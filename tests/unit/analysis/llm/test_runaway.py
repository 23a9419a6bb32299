"""Answers that never end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.analysis.llm.answers.runaway import before_repetition

BEGUN = '{"category":"complaint","keywords":["late",'


@pytest.mark.parametrize(
    "unit", [" ", "\n\t", '"late","broken",', '{"type":"order","text":"B-17"},', "太晚了。"]
)
@pytest.mark.parametrize("cut", [0, 1])
def test_what_stands_before_a_repetition_is_kept(unit: str, cut: int) -> None:
    text = BEGUN + unit * 200
    before = before_repetition(text[: len(text) - cut])
    assert before is not None
    assert text.startswith(before)
    # The repetition may be seen to begin within the unit, or just before it.
    assert abs(len(before) - len(BEGUN)) < max(2, len(unit))


@pytest.mark.parametrize(
    "text",
    [
        "",
        BEGUN,
        BEGUN + '"late",' * 3,
        '{"summary":"' + "The parcel came late, and nobody answered the telephone. " * 2,
        '{"summary":"very very very very late....... ' + "-" * 40,
        '{"keywords":[' + ",".join(f'"number {number}"' for number in range(200)),
    ],
)
def test_what_ends_in_no_repetition_is_told_apart(text: str) -> None:
    assert before_repetition(text) is None


@given(st.text(max_size=60), st.text(min_size=1, max_size=30), st.integers(20, 60))
def test_it_is_the_beginning_and_the_rest_is_repetition(begun: str, unit: str, times: int) -> None:
    text = begun + unit * times * 6
    before = before_repetition(text)
    assert before is not None
    assert text.startswith(before)
    rest = text[len(before) :]
    assert any(rest == rest[:length] * (len(rest) // length) for length in range(1, 31))
