"""What of a text is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.analysis.local.encoding.preparation import LENGTH_BUDGET, LETTER_COST, prepare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>Never</b> again &amp; again", "Never again & again"),
        ("@shop see https://example.com/x now", "see now"),
        ("Ｔｅｒｒｉｂｌｅ", "Terrible"),
        ("nooooooo #fail", "no fail"),
        ("a\n\n\nb", "a b"),
        ("@shop", "@shop"),
        ("I <3 it", "I <3 it"),
    ],
)
def test_noise_goes(text: str, expected: str) -> None:
    assert prepare(text) == expected


@pytest.mark.parametrize(
    "address",
    [
        "zhang.san+1@qq.com",
        "ZHANG@mail.example.com.cn",
        "https://a.example/x?y=1#z",
        "www.a.example/物",
        "@shop_1",
    ],
)
def test_an_address_takes_none_of_the_chinese_that_touches_it(address: str) -> None:
    """Else a complaint is read as the praise before it."""
    before, after = "物流很快,但是用了两天就坏了,联系", "一直不退款"
    prepared = prepare(f"{before}{address}{after}")
    assert prepared in {f"{before} {after}", f"{before} 物{after}"}


@given(st.text(max_size=200), st.integers(min_value=1, max_value=300))
def test_the_length_is_bounded(text: str, times: int) -> None:
    assert len(prepare(text * times)) <= LENGTH_BUDGET / LETTER_COST + 10


def test_head_and_tail_of_a_long_text_stay() -> None:
    prepared = prepare("First words. " + "More of it. " * 4000 + "Last words.")
    assert prepared.startswith("First words.")
    assert prepared.endswith("Last words.")


def test_many_newlines_do_not_hide_the_end() -> None:
    assert prepare("Terrible" + "\n" * 40_000 + "service") == "Terrible service"
