"""What the review page shows of an item: plain texts, ready to be put on the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from stream_service.console.pages.texts.catalogue import Texts
from stream_service.console.projection.facts.documents import read_document
from stream_service.console.queries.reviews import DecisionOnItem, StoredReview
from stream_service.contracts.analysis import Analysis, Sentiment
from stream_service.contracts.codec import decode
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.review import ReviewConfig, ReviewItem

_SNIPPET_CHARACTERS = 140
"""Two or three lines of the queue."""

Facts = Sequence[tuple[str, str]]


class _Event(Struct):
    text: str


class _Queued(Struct):
    event: _Event
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """An item as the queue shows it."""

    event_id: str
    status: str
    priority: str
    due_ms: int
    reasons: Sequence[str]
    snippet: str


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    """An item as it is worked on. Pairs are the names of labels and what stands beside them."""

    event_id: str
    status: str
    priority: str
    due_ms: int
    received_ms: int
    reasons: Sequence[str]
    text: str
    language: str
    event: Facts
    summary: str | None
    analysis: Sequence[tuple[str, Sequence[str]]]
    judged_by: str
    degraded: str | None
    draft: str
    draft_language: str
    strategy: str
    allowed: Sequence[str]
    """Types of decisions that the item takes."""
    decisions: Sequence[DecisionOnItem]


def summary_of(stored: StoredReview) -> ReviewSummary:
    """An item of the queue."""
    document = read_document(_Queued, stored.document)
    text = " ".join(document.event.text.split())
    if len(text) > _SNIPPET_CHARACTERS:
        text = text[:_SNIPPET_CHARACTERS] + " …"
    return ReviewSummary(
        event_id=stored.event_id,
        status=stored.status,
        priority=stored.priority,
        due_ms=stored.due_ms,
        reasons=document.reasons,
        snippet=text,
    )


def detail_of(
    stored: StoredReview, decisions: Sequence[DecisionOnItem], texts: Texts
) -> ReviewDetail:
    """All of an item."""
    item = decode(ReviewItem, stored.document)
    made, draft = item.provenance, item.action_request.args
    return ReviewDetail(
        event_id=stored.event_id,
        status=stored.status,
        priority=stored.priority,
        due_ms=stored.due_ms,
        received_ms=round(item.timings.received_at.timestamp() * 1000),
        reasons=[reason.value for reason in item.reasons],
        text=item.event.text,
        language=item.analysis.language,
        event=_event_facts(item.event),
        summary=item.analysis.summary,
        analysis=_analysis_facts(item.analysis),
        judged_by=texts.reviews.judged_by.format(
            analyst=texts.word(made.analyst), model=made.model
        ),
        degraded=made.degraded_reason.value if made.degraded_reason else None,
        draft=draft.text,
        draft_language=draft.language,
        strategy=texts.reviews.strategy.format(name=draft.strategy),
        allowed=_allowed(item.config, has_draft=bool(draft.text)),
        decisions=decisions,
    )


def _allowed(config: ReviewConfig, *, has_draft: bool) -> Sequence[str]:
    permitted = {
        "accept": config.allow_accept and has_draft,
        "edit": config.allow_edit,
        "response": config.allow_respond,
        "ignore": config.allow_ignore,
    }
    return [name for name, is_permitted in permitted.items() if is_permitted]


def _event_facts(event: FeedbackEvent) -> Facts:
    facts: list[tuple[str, object]] = [
        ("customer_id", event.customer_id),
        ("channel", event.channel),
        ("product", event.product),
        ("rating", event.rating),
        ("event_id", event.event_id),
        ("attributes", ", ".join(f"{name}: {value}" for name, value in event.attributes.items())),
    ]
    return [(name, str(value)) for name, value in facts if value not in {None, ""}]


def _analysis_facts(analysis: Analysis) -> Sequence[tuple[str, Sequence[str]]]:
    sentiment, enrichment = analysis.sentiment, analysis.enrichment
    facts: list[tuple[str, Iterable[str | None]]] = [
        ("category", (analysis.category.value,)),
        ("confidence", _confidences(analysis)),
        ("language", (analysis.language,)),
        ("sentiment", _sentiment(sentiment)),
        ("aspects", _aspects(sentiment)),
        ("urgency", (analysis.urgency.value,)),
        ("churn_risk", (analysis.churn_risk.value,)),
        ("intent", (analysis.intent,)),
        ("faq", (analysis.faq,)),
        ("keywords", [keyword.text for keyword in analysis.keywords]),
        ("entities", [f"{entity.type}: {entity.text}" for entity in analysis.entities]),
        ("personal_data", [detail.value for detail in analysis.personal_data]),
        ("customer_tier", (enrichment.customer_tier,)),
        ("open_orders", (None if enrichment.open_orders is None else str(enrichment.open_orders),)),
        ("notes", analysis.notes),
    ]
    shown = [(name, [value for value in values if value]) for name, values in facts]
    return [(name, values) for name, values in shown if values]


def _sentiment(sentiment: Sentiment | None) -> Sequence[str]:
    return [] if sentiment is None else [sentiment.label.value, f"{sentiment.score:+.2f}"]


def _aspects(sentiment: Sentiment | None) -> Sequence[str]:
    aspects = () if sentiment is None else sentiment.aspects
    return [f"{one.aspect} {one.score:+.2f}" for one in aspects]


def _confidences(analysis: Analysis) -> Sequence[str]:
    category = analysis.confidence.category
    return [] if category is None else [f"{100 * category:.0f} %"]
