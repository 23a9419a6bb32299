"""Cases as a test wants them."""

from stream_service.contracts.analysis import (
    Analysis,
    Category,
    Enrichment,
    EnrichmentStatus,
    FieldConfidence,
    Keyword,
    Sentiment,
    SentimentLabel,
    TextMeasures,
    Urgency,
)
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import DegradedReason
from stream_service.playbook import Case, load_playbook

PLAYBOOK = load_playbook()


def case(
    text: str = "The lamp arrived on Tuesday and does not work.",
    *,
    category: Category = Category.COMPLAINT,
    confidence: float | None = 0.95,
    language: str = "en",
    sentiment: Sentiment | None = None,
    intent: str | None = None,
    intent_confidence: float | None = 0.95,
    keywords: tuple[str, ...] = (),
    urgency: Urgency = Urgency.NORMAL,
    tier: str | None = None,
    open_orders: int | None = None,
    notes: tuple[str, ...] = (),
    degraded_reason: DegradedReason | None = None,
    draft_faults: tuple[str, ...] = (),
    **fields: object,
) -> Case:
    """An ordinary complaint, but for what is given."""
    return Case(
        event=FeedbackEvent.model_validate({"event_id": "event-1", "text": text, **fields}),
        analysis=Analysis(
            language=language,
            category=category,
            sentiment=sentiment,
            keywords=tuple(Keyword(text=keyword, weight=1) for keyword in keywords),
            intent=intent,
            urgency=urgency,
            measures=TextMeasures(characters=len(text), words=1, sentences=1),
            enrichment=Enrichment(
                status=EnrichmentStatus.FOUND, customer_tier=tier, open_orders=open_orders
            ),
            confidence=FieldConfidence(category=confidence, intent=intent_confidence),
            notes=notes,
        ),
        degraded_reason=degraded_reason,
        draft_faults=draft_faults,
    )


def score(value: float) -> Sentiment:
    """A sentiment of that score."""
    label = SentimentLabel.POSITIVE if value > 0 else SentimentLabel.NEGATIVE
    return Sentiment(label=label, score=value)
