"""What the analysis holds beside the branch's own findings."""

import pytest

from stream_service.contracts.analysis import Category, ChurnRisk, PersonalDetail
from stream_service.graph.nodes.text_findings import entities, summary_of
from tests.support.processor_time import of_this_thread
from tests.unit.graph.scripted import CHINESE, event, judge_of, reading, verdict_on


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to me at jo@example.org", {PersonalDetail.EMAIL}),
        (
            "我的邮箱是 jo@example.org，电话 13812345678",
            {PersonalDetail.EMAIL, PersonalDetail.PHONE},
        ),
        ("Card 4111 1111 1111 1111 was charged", {PersonalDetail.CARD}),
        ("It is late.", set[PersonalDetail]()),
    ],
)
async def test_personal_details_are_flagged_and_not_repeated(
    text: str, expected: set[PersonalDetail]
) -> None:
    verdict = await verdict_on(judge_of(reading()), event(text))
    assert set(verdict.analysis.personal_data) >= expected
    if not expected:
        assert verdict.analysis.personal_data == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order number AB-12345 is late", [("order", "AB-12345")]),
        ("订单号：2026030112345 还没到", [("order", "2026030112345")]),
        ("You charged me $19.99 twice, $19.99!", [("money", "$19.99")]),
        ("多扣了我35元", [("money", "35元")]),
        ("My order is late", []),
        ("We were 12 people", []),
    ],
)
def test_entities(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.type, one.text) for one in entities(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  The zip broke. I am sad.", "The zip broke."),
        ("Version 2.5 is out! Good.", "Version 2.5 is out!"),
        ("拉链坏了。退钱！", "拉链坏了。"),
        ("no end", "no end"),
        ("word " * 100, "word " * 31 + "word…"),
        ("。。。", "。"),
    ],
)
def test_the_summary_is_the_first_sentence(text: str, expected: str) -> None:
    assert summary_of(text) == expected


@pytest.mark.parametrize(
    ("text", "spoken", "category", "risk"),
    [
        ("Cancel my subscription, this is useless", "en", Category.COMPLAINT, ChurnRisk.HIGH),
        ("I am taking my business elsewhere.", "en", Category.COMPLAINT, ChurnRisk.HIGH),
        ("太差了，再也不来了", "zh", Category.COMPLAINT, ChurnRisk.HIGH),
        ("服务太差，我要换平台了", "zh", Category.COMPLAINT, ChurnRisk.HIGH),
        ("It came late", "en", Category.COMPLAINT, ChurnRisk.LOW),
        ("送晚了", "zh", Category.COMPLAINT, ChurnRisk.LOW),
        ("I would never order from anyone else again", "en", Category.PRAISE, ChurnRisk.LOW),
    ],
)
async def test_churn_risk(text: str, spoken: str, category: Category, risk: ChurnRisk) -> None:
    given = reading(category, language=CHINESE) if spoken == "zh" else reading(category)
    verdict = await verdict_on(judge_of(given), event(text))
    assert verdict.analysis.churn_risk is risk


async def test_the_topic_is_what_is_felt_or_asked() -> None:
    complaint = await verdict_on(judge_of(reading()), event())
    question = await verdict_on(judge_of(reading(Category.QUESTION)), event())
    other = await verdict_on(judge_of(reading(Category.OTHER)), event())
    assert (complaint.analysis.topic, question.analysis.topic) == ("delivery", "delivery")
    assert other.analysis.topic is None


@pytest.mark.parametrize("unit", ["1", "1,", "order 1", "$1", "a.", "@1"])
def test_a_hostile_text_takes_no_long_time(unit: str) -> None:
    text = (unit * 50_000)[:50_000]
    with of_this_thread() as processor_time:
        entities(text)
        summary_of(text)
    assert processor_time.spent_s < 1.0
