"""Every text of the pages is there in every language, with the same blanks to fill."""

import string
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from stream_service.console.access.roles import Role
from stream_service.console.pages.directory import PAGES
from stream_service.console.pages.frame import title_of
from stream_service.console.pages.languages import Language, language_of
from stream_service.console.pages.texts.catalogue import TEXTS
from stream_service.console.pages.texts.words import WORDS
from stream_service.contracts.analysis import Category, SentimentLabel, Urgency
from stream_service.contracts.faults import Fault
from stream_service.contracts.files.rows import RowFault
from stream_service.contracts.judgement import DegradedReason
from stream_service.contracts.reply import Origin
from stream_service.contracts.review import DecisionType, Priority, ReviewReason
from stream_service.observe.lag.partition_status import PartitionStatus


def flat(texts: Any, prefix: str = "") -> dict[str, str]:
    """All texts by the way that leads to them."""
    if isinstance(texts, str):
        return {prefix: texts}
    found: dict[str, str] = {}
    if is_dataclass(texts):
        for field in fields(texts):
            if field.name not in {"language", "words"}:
                found |= flat(getattr(texts, field.name), f"{prefix}.{field.name}")
    return found


def blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


ENGLISH = flat(TEXTS[Language.ENGLISH])


@pytest.mark.parametrize("language", Language)
def test_no_text_is_missing_and_each_has_the_same_blanks(language: Language) -> None:
    texts = flat(TEXTS[language])
    assert len(ENGLISH) > 50
    assert texts.keys() == ENGLISH.keys()
    assert {name for name, text in texts.items() if not text.strip()} == set()
    assert {name: blanks(text) for name, text in texts.items()} == {
        name: blanks(text) for name, text in ENGLISH.items()
    }


def test_chinese_is_chinese() -> None:
    """But for the other language's own name, and what is blanks alone."""
    latin = {
        name
        for name, text in flat(TEXTS[Language.CHINESE]).items()
        if not any("\u4e00" <= character <= "\u9fff" for character in text)
    }
    assert latin == {".login.other_language", ".frame.signed_in_as"}


@pytest.mark.parametrize("language", Language)
def test_every_word_of_the_wire_is_translated(language: Language) -> None:
    kinds = (
        Category, SentimentLabel, Urgency, DegradedReason, Origin, DecisionType, Priority,
        ReviewReason, Role, PartitionStatus, Fault, RowFault,
    )  # fmt: skip
    wire = {member.value for kind in kinds for member in kind}
    assert wire - WORDS[language].keys() == set()
    assert WORDS[language].keys() == WORDS[Language.ENGLISH].keys()


@pytest.mark.parametrize("language", Language)
def test_every_page_has_a_title(language: Language) -> None:
    for entry in PAGES:
        assert title_of(entry, TEXTS[language])


@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", Language.CHINESE),
        ("", "zh", Language.CHINESE),
        ("", "fr-FR,en;q=0.3,zh;q=0.7", Language.CHINESE),
        ("", "fr", Language.ENGLISH),
        ("", "en;q=nonsense, ;;,zh;q=0", Language.ENGLISH),
        ("zh-CN", "en-GB", Language.CHINESE),
        ("xx", "zh-TW", Language.CHINESE),
    ],
)
def test_the_language_is_chosen_or_the_browsers(
    cookie: str, accepted: str, expected: Language
) -> None:
    assert language_of({"console_language": cookie}, accepted) is expected
