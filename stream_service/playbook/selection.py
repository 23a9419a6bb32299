"""Which strategy answers a case, and what it says."""

import re
from dataclasses import dataclass

from stream_service.contracts.analysis import Category
from stream_service.playbook.case import Case
from stream_service.playbook.conditions import holds
from stream_service.playbook.model import Strategy
from stream_service.playbook.playbook import Playbook
from stream_service.playbook.wording import MAX_NAME_CHARACTERS, NAME

MAX_KEYWORD_CHARACTERS = 24
MAX_KEYWORDS = 2
"""A reply that quotes more sounds like a machine."""

_PLAIN_NAME = re.compile(NAME)

_QUOTES = {"zh": ("“{}”", "和"), "en": ("“{}”", " and ")}
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Choice:
    """The strategy that was chosen."""

    strategy: Strategy
    from_model: bool
    """Whether the model suggested it and the playbook agreed."""


def choose(case: Case, playbook: Playbook, suggested: str | None = None) -> Choice:
    """Choose a strategy: the suggested one if its conditions hold, else the first that does.

    The last strategy of every category is unconditional, so there always is one.
    """
    values = variables(case, playbook)
    strategies = playbook.strategies(case.analysis.category)
    usable = (strategy for strategy in strategies if _is_usable(strategy, case, playbook, values))
    if suggested is None:
        return Choice(next(usable, strategies[-1]), from_model=False)
    first: Strategy | None = None
    for strategy in usable:
        if strategy.id == suggested:
            return Choice(strategy, from_model=True)
        first = first or strategy
    return Choice(first or strategies[-1], from_model=False)


def word(strategy: Strategy, case: Case, playbook: Playbook, *, bare: bool = False) -> str | None:
    """The reply of ``strategy`` in the customer's language, or None where there is no wording.

    ``bare`` leaves out every optional part that holds something from outside.
    """
    language = playbook.reply_language(case.analysis.language)
    wording = strategy.wording_in(language) if language else None
    if wording is None:
        return None
    values = variables(case, playbook, strategy)
    if bare:
        values = {name: value for name, value in values.items() if name in wording.required}
    return wording.render(values)


def variables(case: Case, playbook: Playbook, strategy: Strategy | None = None) -> dict[str, str]:
    """The values of the wording's variables; those without a value are left out.

    The aspect is the strongest of those for which ``strategy`` is there, or of all.
    """
    analysis, event = case.analysis, case.event
    language = playbook.reply_language(analysis.language)
    if language is None:
        return {}
    badly = analysis.category is not Category.PRAISE
    aspects = playbook.aspects_felt(analysis.sentiment, badly=badly)
    meant = strategy.when.aspects_any if strategy else ()
    # Its text is about these: a payment's date helps nobody whose website is slow.
    aspects = [aspect for aspect in aspects if aspect in meant] or aspects
    values = {
        "product": _name(event.product),
        "channel": _name(event.channel),
        "aspect": playbook.aspect_label(aspects[0], language) if aspects else None,
        "keywords": _quoted_keywords(case, language),
        "answer": playbook.answer(analysis.intent, language),
        "faq_answer": playbook.faq_answer(analysis.faq, language),
        "goodwill": playbook.limits.goodwill,
    }
    return {name: value for name, value in values.items() if value}


def _is_usable(strategy: Strategy, case: Case, playbook: Playbook, values: dict[str, str]) -> bool:
    language = playbook.reply_language(case.analysis.language)
    wording = strategy.wording_in(language) if language else None
    if wording is not None and not wording.required <= values.keys():
        return False
    return holds(strategy.when, case, playbook)


def _name(name: str | None) -> str | None:
    if not name or len(name) > MAX_NAME_CHARACTERS or not _PLAIN_NAME.fullmatch(name):
        return None
    return name


def _quoted_keywords(case: Case, language: str) -> str | None:
    form, conjunction = _QUOTES.get(language, _QUOTES["en"])
    chosen = [
        form.format(keyword.text)
        for keyword in case.analysis.keywords
        if _is_quotable(keyword.text, language)
    ][:MAX_KEYWORDS]
    return conjunction.join(chosen) or None


def _is_quotable(text: str, language: str) -> bool:
    # A word of the customer's goes into our reply only when it is harmless and in its language.
    return (
        1 < len(text) <= MAX_KEYWORD_CHARACTERS
        and all(character.isalpha() or character in " -'" for character in text)
        and (bool(_HAN.search(text)) == (language == "zh"))
    )
