"""Counts that are right for English and for Chinese."""

import threading
from collections.abc import Sequence
from typing import cast

import jieba  # pyright: ignore[reportMissingTypeStubs]
import pytest

from stream_service.graph.measures import measure_text
from stream_service.graph.measures.measuring import (
    MEASURED_CHARACTERS,
    count_sentences,
    count_syllables,
    flesch_reading_ease,
)
from stream_service.graph.measures.words import split_words
from stream_service.graph.pool import INLINE_CHARACTERS, CpuPool
from tests.support.processor_time import of_this_thread

CHINESE = "快递太慢了，快递员态度也不好。客服一直不回复！快递什么时候到？"


def by_dictionary(text: str, language: str) -> Sequence[str]:
    words = cast("list[str]", jieba.lcut(text))  # pyright: ignore[reportUnknownMemberType]
    return [word for word in words if word[0].isalnum()]


def test_english() -> None:
    text = "The lamp is broken. I don't like the lamp! Mr. Smith, e.g., doesn't either..."
    measures = measure_text(text, "en", split_words)
    assert measures.characters == len(text)
    assert measures.words == 15
    assert measures.sentences == 3
    assert measures.frequent_words == ("lamp",)
    assert measures.readability == flesch_reading_ease(text, split_words)


def test_chinese_with_a_dictionary() -> None:
    measures = measure_text(CHINESE, "zh", by_dictionary)
    assert measures.words == len(by_dictionary(CHINESE, "zh")) < 20
    assert measures.sentences == 3
    assert measures.readability is None
    assert measures.frequent_words == ("快递",)


def test_chinese_without_a_dictionary_counts_characters() -> None:
    measures = measure_text("iPhone 15的屏幕碎了", "zh", split_words)
    assert measures.words == 7
    assert measures.sentences == 1


def test_other_languages_have_counts_only() -> None:
    measures = measure_text("Livraison lente, livraison chère. Non!", "fr", split_words)
    assert (measures.words, measures.sentences) == (5, 2)
    assert measures.frequent_words == ()
    assert measures.readability is None


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("...!?", 0),
        ("No end", 1),
        ("Version 2.5 is out. Price is 3.20!", 2),
        ("真的吗？！太好了……谢谢。", 3),
        ("第一行\n第二行\n\n第三行", 3),
        ("Wait... what?! OK.", 3),
    ],
)
def test_sentences(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("cat", 1), ("table", 2), ("broken", 2), ("made", 1), ("delivery", 4), ("the", 1), ("tv", 1)],
)
def test_syllables(word: str, syllables: int) -> None:
    assert count_syllables(word) == syllables


def test_reading_ease() -> None:
    # 6 words, 1 sentence, 6 syllables: 206.835 - 1.015 * 6 - 84.6 * 1
    assert flesch_reading_ease("The cat sat on the mat.", split_words) == 116.1
    assert flesch_reading_ease("!!!", split_words) is None
    hard = flesch_reading_ease(
        "Organizational accountability necessitates transparency.", split_words
    )
    assert hard is not None
    assert hard < 0


def test_a_long_text_takes_no_long_time() -> None:
    with of_this_thread() as processor_time:
        measures = measure_text("The lamp is broken. " * 2_500, "en", split_words)
    assert processor_time.spent_s < 0.5
    assert measures.words == 10_000
    assert measures.frequent_words == ("lamp", "broken")
    assert MEASURED_CHARACTERS < 50_000


async def test_long_work_leaves_the_loops_thread() -> None:
    pool = CpuPool()
    try:
        here = threading.get_ident()
        assert await pool.run(INLINE_CHARACTERS, threading.get_ident) == here
        assert await pool.run(INLINE_CHARACTERS + 1, threading.get_ident) != here
    finally:
        pool.close()
        pool.close()
