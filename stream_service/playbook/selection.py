"""Which strategy answers a case, and what it says."""

import re
from dataclasses import dataclass

from stream_service.contracts.analysis import Category
from stream_service.playbook.case import Case
from stream_service.playbook.conditions import holds
from stream_service.playbook.model import Strategy
from stream_service.playbook.playbook import Playbook
from stream_service.playbook.quoting import quoted_keywords
from stream_service.playbook.wording import MAX_NAME_CHARACTERS, NAME

_PLAIN_NAME = re.compile(NAME)


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
        "keywords": quoted_keywords(case, language),
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
