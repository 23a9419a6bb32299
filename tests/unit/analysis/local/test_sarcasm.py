"""Praise that means its opposite is a complaint; praise that is meant stays praise."""

import pytest

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.local import LocalAnalyst
from stream_service.contracts.analysis import Category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Brilliant, another cracked screen. Thanks for nothing.", Category.COMPLAINT),
        ("Five stars for losing the keys of my room, lucky me", Category.COMPLAINT),
        ("佩服佩服，三天了还没发货，我服了", Category.COMPLAINT),
        ("太感谢你们了，帮我很快解决了问题，非常满意！", Category.PRAISE),
        ("Great, thank you, that was quick and friendly!", Category.PRAISE),
    ],
)
async def test_what_is_meant_counts(text: str, category: Category) -> None:
    analyst = await LocalAnalyst.start()
    try:
        reading = await analyst.read(Feedback(text=text))
    finally:
        await analyst.aclose()
    assert reading.category.value is category
