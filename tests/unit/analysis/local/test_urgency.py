"""Words of danger and of haste."""

import pytest

from stream_service.analysis.local.classifying.urgency import UrgencyReader
from stream_service.contracts.analysis import Urgency


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The battery caught fire.", Urgency.CRITICAL),
        ("My son was taken to the hospital.", Urgency.CRITICAL),
        ("He went into anaphylactic shock", Urgency.CRITICAL),
        ("插座冒烟了", Urgency.CRITICAL),
        ("插座冒煙了，我被燙傷", Urgency.CRITICAL),
        ("信用卡被盜刷", Urgency.CRITICAL),
        ("See you in court.", Urgency.HIGH),
        ("My lawyers will write to you", Urgency.HIGH),
        ("請儘快處理", Urgency.HIGH),
        ("Thank you for your hospitality!", Urgency.NORMAL),
        ("It does not open in Firefox, and whoever was fired should know.", Urgency.NORMAL),
        ("Such courteous staff", Urgency.NORMAL),
        ("A fire broke out in the kitchen", Urgency.CRITICAL),
        ("The plug went up in flames", Urgency.CRITICAL),
        ("I love my new Fire TV stick", Urgency.NORMAL),
        ("We loved sitting by the fire in the lobby", Urgency.NORMAL),
        ("客服很热情", Urgency.NORMAL),
    ],
)
def test_words_are_whole_words(text: str, expected: Urgency) -> None:
    assert UrgencyReader().read(text) is expected
