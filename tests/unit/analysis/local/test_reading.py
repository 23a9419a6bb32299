"""Each question of both protocols, in both languages."""

import ast
import subprocess
import sys

import pytest

from stream_service.analysis.analyst import Analyst, BranchAnalyst, Feedback
from stream_service.analysis.local import LocalAnalyst
from stream_service.contracts.analysis import (
    TROUBLE_BESIDE_PRAISE,
    Category,
    SentimentLabel,
    Urgency,
)

HELD_OUT = [
    ("complaint", "Two weeks and my blender is still somewhere in your warehouse."),
    ("complaint", "The waiter spilled wine on my coat and laughed about it."),
    ("complaint", "Your app logs me out every five minutes, I am fed up."),
    ("complaint", "耳机左边没有声音，换货的申请三天没人处理。"),
    ("complaint", "宾馆的水管整夜响，枕头还有味道。"),
    ("complaint", "粉都泡烂了，汤还是凉的，以后不点了。"),
    ("praise", "The nurse on the phone was patient and kind, thank you."),
    ("praise", "Lovely blanket, soft and warm, exactly as pictured."),
    ("praise", "Fast delivery and a very friendly driver!"),
    ("praise", "茶叶很香，包装也讲究，送长辈很有面子。"),
    ("praise", "老板人很好，菜量大味道也好，还会再来。"),
    ("praise", "客房整洁，服务热情，非常满意。"),
    ("question", "Which bus goes from the airport to your hotel?"),
    ("question", "Can I pay with two different cards?"),
    ("question", "Is the tent suitable for winter?"),
    ("question", "这个锅可以用在电磁炉上吗？"),
    ("question", "怎么把积分换成优惠券？"),
    ("question", "你们周日几点下班？"),
    ("other", "Mount Everest is 8,849 metres high."),
    ("other", "zxcv bnm uiop"),
    ("other", "长城在中国的北方。"),
]
FLOOR = 0.85
"""Share of the sentences above that must come out right; three of 21 may fail."""


async def test_both_protocols_are_met(any_analyst: LocalAnalyst) -> None:
    as_analyst: Analyst = any_analyst
    as_branch: BranchAnalyst = any_analyst
    assert (await as_analyst.read(Feedback(text="Where is my parcel?"))).analyst == "local"
    assert (await as_branch.language("Where is my parcel?", None)).code == "en"


async def test_held_out_sentences_reach_the_floor(any_analyst: LocalAnalyst) -> None:
    right = 0
    for expected, text in HELD_OUT:
        reading = await any_analyst.read(Feedback(text=text))
        assert reading.category.confidence is not None
        assert 0 <= reading.category.confidence <= 1
        right += reading.category.value.value == expected
    assert right / len(HELD_OUT) >= FLOOR


async def test_a_reading_names_language_model_and_urgency(analyst: LocalAnalyst) -> None:
    reading = await analyst.read(Feedback(text="充电宝着火了，差点烧到孩子！"))
    assert reading.language is not None
    assert reading.language.code == "zh"
    assert reading.urgency is Urgency.CRITICAL
    assert reading.model == analyst.encoder_model
    calm = await analyst.read(Feedback(text="Nice mug, thank you."))
    assert calm.urgency is Urgency.NORMAL


async def test_stars_decide_what_the_text_leaves_open(analyst: LocalAnalyst) -> None:
    text = "It is what it is, the delivery took four days."

    async def complaint_share(rating: int) -> float:
        reading = await analyst.read(Feedback(text=text, rating=rating))
        confidence = reading.category.confidence or 0.0
        return confidence if reading.category.value is Category.COMPLAINT else 1 - confidence

    assert await complaint_share(1) > await complaint_share(3) > await complaint_share(5)


@pytest.mark.parametrize(
    "text", ["Great, the lid is broken again.", "真棒，菜又凉了，谢谢啊", "呵呵，服务真好"]
)
async def test_praise_beside_trouble_is_marked(analyst: LocalAnalyst, text: str) -> None:
    reading = await analyst.read(Feedback(text=text))
    marked = TROUBLE_BESIDE_PRAISE in reading.notes
    assert reading.category.value is Category.COMPLAINT or marked


async def test_plain_praise_is_not_marked(analyst: LocalAnalyst) -> None:
    reading = await analyst.read(Feedback(text="Lovely room and a wonderful breakfast."))
    assert reading.category.value is Category.PRAISE
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Absolutely wonderful stay, brilliant staff, perfect food!", "en", 1),
        ("Horrible, dirty room and the rudest staff ever. Disgusting.", "en", -1),
        ("非常好吃，太喜欢了，强烈推荐！", "zh", 1),
        ("难吃死了，态度恶劣，垃圾，再也不来了", "zh", -1),
        ("衣服不好看，也不值这个价", "zh", -1),
        ("The towels were not clean and the food was not good.", "en", -1),
    ],
)
async def test_sentiment_has_the_right_sign(
    any_analyst: LocalAnalyst, text: str, language: str, expected: int
) -> None:
    judged = await any_analyst.sentiment(text, language)
    assert judged.value.score * expected > 0.15
    assert judged.confidence is not None
    assert ("negative" in judged.value.label.value) == (expected < 0)


async def test_strong_words_reach_the_outer_levels(analyst: LocalAnalyst) -> None:
    worst = await analyst.sentiment("难吃死了，态度恶劣，垃圾，再也不来了", "zh")
    best = await analyst.sentiment("Absolutely wonderful, brilliant, perfect, I love it!", "en")
    assert worst.value.label is SentimentLabel.VERY_NEGATIVE
    assert best.value.label is SentimentLabel.VERY_POSITIVE


async def test_aspects_are_felt_apart(analyst: LocalAnalyst) -> None:
    english = await analyst.sentiment("The food was delicious, but the waiter was rude.", "en")
    scores = {aspect.aspect: aspect.score for aspect in english.value.aspects}
    assert scores["food"] > 0 > scores["staff"]
    chinese = await analyst.sentiment("味道很好，就是配送太慢", "zh")
    scores = {aspect.aspect: aspect.score for aspect in chinese.value.aspects}
    assert scores["food"] > 0 > scores["delivery"]


async def test_other_languages_have_no_known_sentiment(analyst: LocalAnalyst) -> None:
    judged = await analyst.sentiment("Das Essen war kalt.", "de")
    assert judged.value.label is SentimentLabel.NEUTRAL
    assert judged.confidence is None


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The leather wallet has neat stitching, and the leather smells good.", "en", "leather"),
        ("这款蓝牙耳机音质很好，耳机佩戴也舒服，耳机盒子漂亮", "zh", "耳机"),
    ],
)
async def test_keywords_carry_the_text(
    analyst: LocalAnalyst, text: str, language: str, expected: str
) -> None:
    words = (await analyst.keywords(text, language)).value
    assert 1 <= len(words) <= 8
    assert any(expected in word.text.lower() for word in words)
    assert words[0].weight == 1
    assert [word.weight for word in words] == sorted((w.weight for w in words), reverse=True)
    assert len({word.text.casefold() for word in words}) == len(words)


async def test_common_words_of_english_are_no_keywords_of_a_chinese_text(
    analyst: LocalAnalyst,
) -> None:
    words = (
        await analyst.keywords("客服说 this is the last one, 不能退货, and they never call", "zh")
    ).value
    assert {word.text.lower() for word in words} & {"this", "the", "and", "they"} == set()
    assert any(word.text in {"退货", "客服"} for word in words)


def test_the_tagger_and_the_tables_that_nobody_asks_are_not_loaded() -> None:
    # They would hold 100 MB of every worker.
    code = (
        "import sys; from stream_service.analysis.local.words.keywords import KeywordReader; "
        "KeywordReader().read('客服说不能退货', 'zh'); "
        "print([name for name in sys.modules if name.startswith('jieba.')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ast.literal_eval(told.stdout)
    assert "jieba.posseg" not in loaded
    assert "jieba.analyse" not in loaded


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("How do I cancel my booking?", "en", "cancellation"),
        ("When will my package be delivered?", "en", "delivery"),
        ("How much is the annual plan?", "en", "price"),
        ("怎么取消我的订单？", "zh", "cancellation"),
        ("我的快递什么时候送到？", "zh", "delivery"),
        ("一年的会员费是多少钱？", "zh", "price"),
    ],
)
async def test_intents_of_questions(
    any_analyst: LocalAnalyst, text: str, language: str, expected: str
) -> None:
    judged = await any_analyst.intent(text, language)
    assert judged.value == expected
    assert judged.confidence is not None
    assert 1 / 12 < judged.confidence <= 1
