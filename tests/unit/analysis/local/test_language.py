"""Telling languages."""

import pytest

from stream_service.analysis.local.feeling.polarity import Polarity
from stream_service.analysis.local.languages.language import LanguageReader, primary_language
from stream_service.analysis.local.languages.scripts import (
    CHINESE_FORMS,
    JAPANESE_FORMS,
    spaced_words,
)
from stream_service.analysis.local.words.keywords import KeywordReader

READER = LanguageReader(frozenset({"the", "is", "my", "was", "and", "not", "good", "where"}))
SERVICE_S_OWN = LanguageReader(KeywordReader().english.stop_words() | Polarity().english.words())
"""With all the English words that the service knows: there are more to take for English."""


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
    "text",
    [
        "Çok kötü",
        "Ürün bozuk geldi",
        "Hiç memnun kalmadım",
        "Bardzo zła jakość",
        "Chất lượng rất tệ",
        "Não recomendo",
        "Très déçu",
        "Terrible, no funciona.",
        "Es horrible, no sirve",
        "No me gusta",
        "Super snel geleverd",
        "Was niet in orde",
        "Super produit, excellent service",
        "Fatal, no me hacen caso",
        "Die Hotline war so arrogant",
    ],
)
@pytest.mark.parametrize("hint", [None, "zh"])
def test_what_looks_like_english_in_part_is_not(text: str, hint: str | None) -> None:
    assert SERVICE_S_OWN.read(text, hint).code not in {"en", "zh"}


@pytest.mark.parametrize(
    "text",
    [
        "Terrible",
        "Great, thank you!",
        "me too!",
        "ok. Can I DM you the info?",
        "How do I get an actual card?",
        "Café was great, naïve staff though",
        "My order to São Paulo never arrived",
        "It doesn’t work",
        "Terrible, doesn't work.",
    ],
)
@pytest.mark.parametrize("hint", [None, "en"])
def test_english_stays_english(text: str, hint: str | None) -> None:
    assert SERVICE_S_OWN.read(text, hint).code == "en"


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("It is broken!", "zh", "en"),
        ("It is broken!", "es", "en"),
        ("Order status?", "zh-CN", "en"),
        ("Muy mala calidad", "en", "es"),
        ("Çalışmıyor", "en", "tr"),
        ("No funciona", "en", "und"),
        ("Trop cher", "zh", "und"),
        ("包裹还没有到", "ja", "zh"),
        # These leave it open, and the hint decides.
        ("good", "zh", "zh"),
        ("Super Service", "de", "de"),
        ("Molto male", "it", "it"),
        ("Slow delivery", "en", "en"),
        ("Horrible experiencia", "es", "es"),
        ("a", "de", "de"),
    ],
)
def test_what_a_short_text_says_goes_before_the_hint(text: str, hint: str, expected: str) -> None:
    assert SERVICE_S_OWN.read(text, hint).code == expected


def test_words_have_any_letters_and_no_digits() -> None:
    words = spaced_words("Çok kötü! It doesn’t work, l'été 2x A1")
    assert words == ["çok", "kötü", "it", "doesn't", "work", "l'été", "x", "a"]


def test_a_hint_in_other_letters_is_less_sure() -> None:
    fitting, foreign = READER.read("super", "de").confidence, READER.read("super", "zh").confidence
    assert fitting is not None and foreign is not None
    assert foreign < 0.5 < fitting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("対応最悪", "ja"),
        ("配送遅延、対応最悪", "ja"),
        ("電話対応最悪、返金希望", "ja"),
        ("接客態度最悪", "ja"),
        ("声音大，物流很快！", "zh"),
        ("挺好，速度快", "zh"),
        ("東西不錯", "zh"),
        ("客服態度惡劣，發貨太慢", "zh"),
        ("電話沒人接", "zh"),
        ("好慢啊，幾時先到貨？", "zh"),
        ("客服冇人理", "zh"),
        ("蒙牛古老酸奶眞好吃，這家沒騙人", "zh"),
    ],
)
def test_japanese_without_kana_is_known_by_its_own_forms(text: str, expected: str) -> None:
    assert SERVICE_S_OWN.read(text, None).code == expected


def test_the_forms_of_each_writing_are_its_own() -> None:
    assert set("対応変発遅悪") <= JAPANESE_FORMS
    assert set("这说贵你们") <= CHINESE_FORMS
    assert not (JAPANESE_FORMS | CHINESE_FORMS) & set("對應變發遲惡中文日本人大学")


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


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        # Chinese with names in Latin letters
        ("Customer service 态度很差", None, "zh"),
        ("delivery太慢了 really disappointed", None, "zh"),
        ("VIP membership 怎么cancel", None, "zh"),
        ("order number AB12345678 还没到", None, "zh"),
        ("Samsung Galaxy S24 Ultra 屏幕碎了", None, "zh"),
        ("Haagen-Dazs 化了", None, "zh"),
        ("Apple AirPods 用唔到，好差㗎", None, "zh"),
        # English with names in Chinese
        ("The seller 李小龙 never replied", None, "en"),
        ("The 麻婆豆腐 was cold", None, "en"),
        ("I bought it from 海底捞火锅旗舰店 and it was stale", None, "en"),
        # Nouns alone say nothing; a hint does.
        ("Adobe Creative Cloud Photoshop 闪退", None, "und"),
        ("Adobe Creative Cloud Photoshop 闪退", "zh-CN", "zh"),
        ("Broken 小米 phone screen", "en", "en"),
        ("product很好 thank you", None, "und"),
    ],
)
def test_small_words_tell_the_language_of_a_mixed_sentence(
    text: str, hint: str | None, expected: str
) -> None:
    assert SERVICE_S_OWN.read(text, hint).code == expected
