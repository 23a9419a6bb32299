"""Whether a strategy's conditions hold for a case."""

from stream_service.contracts.analysis import Category, Urgency
from stream_service.playbook.case import Case
from stream_service.playbook.model import When
from stream_service.playbook.playbook import Playbook

URGENCIES = tuple(Urgency)
"""From the lowest to the highest, as the contract lists them."""


def holds(when: When, case: Case, playbook: Playbook) -> bool:
    """Whether every condition of ``when`` holds; a condition on something unknown never does."""
    if when.is_unconditional:
        return True
    analysis, event = case.analysis, case.event
    score = analysis.sentiment.score if analysis.sentiment else None
    return (
        _at_most(score, when.sentiment_at_most)
        and _at_least(score, when.sentiment_at_least)
        and _at_most(event.rating, when.rating_at_most)
        and _at_least(event.rating, when.rating_at_least)
        and _at_least(analysis.confidence.category, when.category_confidence_at_least)
        and _at_least(analysis.confidence.intent, when.intent_confidence_at_least)
        and _at_least(analysis.confidence.faq, when.faq_confidence_at_least)
        and _at_least(analysis.enrichment.open_orders, when.open_orders_at_least)
        and _is_one_of(analysis.intent, when.intents_any)
        and _is_one_of(customer_tier(case), tuple(map(str.casefold, when.customer_tiers_any)))
        and _is_one_of(playbook.reply_language(analysis.language), when.languages_any)
        and _is_one_of(event.channel, when.channels_any)
        and is_urgent_enough(analysis.urgency, when.urgency_at_least)
        and _felt_any(case, when.aspects_any, playbook)
    )


def customer_tier(case: Case) -> str | None:
    """The customer's tier in lower case: from the look-up, else as the event's attributes say."""
    tier = case.analysis.enrichment.customer_tier or case.event.attributes.get("customer_tier")
    return None if tier is None else str(tier).casefold()


def is_urgent_enough(urgency: Urgency, least: Urgency | None) -> bool:
    """Whether ``urgency`` reaches ``least``; anything reaches None."""
    return least is None or URGENCIES.index(urgency) >= URGENCIES.index(least)


def _at_most(value: float | None, limit: float | None) -> bool:
    return limit is None or (value is not None and value <= limit)


def _at_least(value: float | None, limit: float | None) -> bool:
    return limit is None or (value is not None and value >= limit)


def _is_one_of(value: str | None, allowed: tuple[str, ...]) -> bool:
    return not allowed or value in allowed


def _felt_any(case: Case, aspects: tuple[str, ...], playbook: Playbook) -> bool:
    if not aspects:
        return True
    badly = case.analysis.category is not Category.PRAISE
    felt = playbook.aspects_felt(case.analysis.sentiment, badly=badly)
    return not set(aspects).isdisjoint(felt)
