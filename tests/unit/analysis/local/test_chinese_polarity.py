"""Chinese word lists: negation and turned phrases."""

import pytest

from stream_service.analysis.local.feeling.chinese_polarity import ChinesePolarity

POLARITY = ChinesePolarity()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("新鲜", 1),
        ("不新鲜", -1),
        ("不是很满意", -1),
        ("没有异味", 1),
        ("不贵", 1),
        ("太贵", -1),
        ("没什么可挑剔的，不错", 1),
        ("快递", 0),
    ],
)
def test_signs(text: str, sign: int) -> None:
    value = POLARITY.polarity(text)
    assert -1 <= value <= 1
    assert (value > 0) - (value < 0) == sign


def test_boosters_strengthen() -> None:
    assert POLARITY.polarity("非常新鲜") > POLARITY.polarity("新鲜")
