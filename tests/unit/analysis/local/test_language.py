"""Telling languages."""

import pytest

from stream_service.analysis.local.languages.language import LanguageReader, primary_language

READER = LanguageReader(frozenset({"the", "is", "my", "was", "and", "not", "good", "where"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my parcel? It was due on Monday.", "en"),
        ("包裹还没有到", "zh"),
        ("呢個餐廳嘅服務好差", "zh"),
        ("我买的iPhone 15 Pro Max有划痕", "zh"),
        ("配送が遅すぎます", "ja"),
        ("배송이 너무 늦어요", "ko"),
        ("Bonjour, mon colis n'est pas encore arrivé", "fr"),
        ("Где моя посылка?", "ru"),
        ("أين طردي؟", "ar"),
        ("", "und"),
        ("12345 !!!", "und"),
        ("😀😀", "und"),
    ],
)
def test_texts_that_speak_for_themselves(text: str, expected: str) -> None:
    assert READER.read(text, None).code == expected


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("ok", "fr-CA", "fr"),
        ("👍", "zh-Hant-TW", "zh"),
        ("最高", "ja", "ja"),
        ("最高", None, "zh"),
        ("包裹还没有到，客服也不回消息，太失望了", "en", "zh"),
        ("Where is my parcel? It was not here and the shop was closed.", "zh", "en"),
        ("!!", "nonsense-hint", "und"),
    ],
)
def test_the_hint_decides_only_what_is_open(text: str, hint: str | None, expected: str) -> None:
    assert READER.read(text, hint).code == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-CN", "zh"),
        ("yue", "zh"),
        ("EN_us", "en"),
        ("", None),
        (None, None),
        ("x-klingon", None),
    ],
)
def test_primary_language_of_a_tag(tag: str | None, expected: str | None) -> None:
    assert primary_language(tag) == expected
