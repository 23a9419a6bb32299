"""Reasons for a person that the analysis gives."""

import re
import unicodedata

from stream_service.contracts.analysis import TROUBLE_BESIDE_PRAISE, Category
from stream_service.contracts.judgement import DegradedReason
from stream_service.playbook.case import Case
from stream_service.playbook.conditions import customer_tier
from stream_service.playbook.playbook import Playbook

MISSING_NOTES = frozenset({"sentiment_missing", "intent_missing"})
"""Notes of the branch nodes: the finding that the branch stands on could not be had."""

_LONG_ALPHABETIC = re.compile(r"[^\s\u2e80-\U0003ffff]+")
"""Runs without a space; scripts that write without spaces are left out."""

_READ_CHARACTERS = 4_000
"""Enough to see whether a text is language at all."""


def low_confidence(case: Case, playbook: Playbook) -> bool:
    """Nobody can be sure of what was meant."""
    thresholds = playbook.file.thresholds
    analysis = case.analysis
    if not is_readable(case.text, playbook) or not MISSING_NOTES.isdisjoint(analysis.notes):
        return True
    language_confidence = analysis.confidence.language
    if (
        language_confidence is not None
        and language_confidence < thresholds.language_confidence_at_least
    ):
        return True
    least = thresholds.category_confidence_at_least.get(analysis.category)
    if least is None:
        return False
    confidence = analysis.confidence.category
    if confidence is None:
        return thresholds.unknown_confidence == "review"
    return confidence < least


def is_readable(text: str, playbook: Playbook) -> bool:
    """Whether ``text`` says enough to be answered by a machine."""
    thresholds = playbook.file.thresholds
    beginning = text[:_READ_CHARACTERS]
    longest = max(map(len, _LONG_ALPHABETIC.findall(beginning)), default=0)
    if longest > thresholds.longest_word_characters:
        return False
    letters = sum(map(str.isalpha, beginning))
    return letters >= thresholds.readable_letters_at_least or any(
        unicodedata.category(character) == "So"  # an emoji alone can be praise
        for character in beginning
    )


def disagreement(case: Case, playbook: Playbook) -> bool:
    """The stars, the sentiment or the text itself contradict the category."""
    thresholds = playbook.file.thresholds
    rating = case.event.rating
    score = case.analysis.sentiment.score if case.analysis.sentiment else None
    match case.analysis.category:
        case Category.PRAISE:
            return (
                TROUBLE_BESIDE_PRAISE in case.analysis.notes
                or (rating is not None and rating < thresholds.praise_rating_at_least)
                or (score is not None and score < thresholds.praise_sentiment_at_least)
            )
        case Category.COMPLAINT:
            return (rating is not None and rating > thresholds.complaint_rating_at_most) or (
                score is not None and score > thresholds.complaint_sentiment_at_most
            )
        case _:
            return False


def high_value(case: Case, playbook: Playbook) -> bool:
    """The customer or the order matters so much that a person reads it."""
    high = playbook.file.high_value
    if customer_tier(case) in {tier.casefold() for tier in high.customer_tiers}:
        return True
    attributes = case.event.attributes
    if any(
        name in attributes and _same(attributes[name], value)
        for name, values in high.attributes.items()
        for value in values
    ):
        return True
    return any(
        _number(attributes.get(name)) >= least for name, least in high.attributes_at_least.items()
    )


def uncategorised(case: Case, _playbook: Playbook) -> bool:
    """It is neither complaint, nor praise, nor question."""
    return case.analysis.category is Category.OTHER


def unsupported_language(case: Case, playbook: Playbook) -> bool:
    """There is no wording in the customer's language."""
    return playbook.reply_language(case.analysis.language) is None


def llm_unavailable(case: Case, _playbook: Playbook) -> bool:
    """The language model should have judged and could not."""
    return case.degraded_reason not in {None, DegradedReason.REFUSAL}


def refusal(case: Case, _playbook: Playbook) -> bool:
    """The language model declined to judge."""
    return case.degraded_reason is DegradedReason.REFUSAL


def unsafe_draft(case: Case, _playbook: Playbook) -> bool:
    """The draft guard found something."""
    return bool(case.draft_faults)


def _same(given: object, wanted: object) -> bool:
    if isinstance(given, str) and isinstance(wanted, str):
        return given.casefold() == wanted.casefold()
    return isinstance(given, bool) == isinstance(wanted, bool) and given == wanted


def _number(value: object) -> float:
    if isinstance(value, str):
        try:
            return float(value.replace(",", ""))
        except ValueError:
            return float("-inf")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return float("-inf")
