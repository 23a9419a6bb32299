"""What was found out about one feedback text."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stream_service.contracts.model import WireModel

Confidence = Annotated[float, Field(ge=0, le=1)]
"""A share of certainty, 0 to 1."""


TROUBLE_BESIDE_PRAISE = "trouble_beside_praise"
"""Note of an analysis that says praise while the text reports a trouble: sarcasm, or a "but"."""


PROMPT_ECHO = "prompt_echo"
"""Note of an analysis whose model repeated its instructions: somebody told it to."""


class Category(StrEnum):
    """What a customer wants of us; it chooses the branch of the graph."""

    COMPLAINT = "complaint"
    PRAISE = "praise"
    QUESTION = "question"
    OTHER = "other"
    """Neither of the three: it goes to a person."""


class SentimentLabel(StrEnum):
    """Five levels of sentiment."""

    VERY_NEGATIVE = "very_negative"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    VERY_POSITIVE = "very_positive"


class Urgency(StrEnum):
    """How soon somebody should act."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class ChurnRisk(StrEnum):
    """How likely the customer is to leave."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PersonalDetail(StrEnum):
    """Kinds of personal details that a text can hold; the details themselves are not repeated."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"


class AspectSentiment(WireModel):
    """How one aspect (delivery, quality, staff …) was felt."""

    aspect: str
    label: SentimentLabel
    score: float = Field(ge=-1, le=1)


class Sentiment(WireModel):
    """How the customer feels, over all and by aspect."""

    label: SentimentLabel
    score: float = Field(ge=-1, le=1)
    """From -1 (as bad as can be) to 1 (as good as can be)."""
    aspects: tuple[AspectSentiment, ...] = ()


class Keyword(WireModel):
    """A word or phrase that carries the text."""

    text: str
    weight: float = Field(ge=0, le=1)
    """1 for the most telling one."""


class Entity(WireModel):
    """A thing named in the text: an order, a product, a place."""

    type: str
    text: str


class TextMeasures(WireModel):
    """Counts over the text, with words as the language has them (Chinese has no spaces)."""

    characters: int = Field(ge=0)
    words: int = Field(ge=0)
    sentences: int = Field(ge=0)
    readability: float | None = None
    """Flesch reading ease for English (higher is easier); null where no formula fits."""
    frequent_words: tuple[str, ...] = ()


class EnrichmentStatus(StrEnum):
    """What became of the look-up of the customer."""

    OFF = "off"
    FOUND = "found"
    ABSENT = "absent"
    FAILED = "failed"


class Enrichment(WireModel):
    """What the customer look-up knew."""

    status: EnrichmentStatus = EnrichmentStatus.OFF
    customer_tier: str | None = None
    open_orders: int | None = None
    error: str | None = None
    """The kind of failure, when status is ``failed``; never a message from outside."""


class FieldConfidence(WireModel):
    """How sure the analyst was, by field; null where nothing is known about it."""

    language: Confidence | None = None
    category: Confidence | None = None
    sentiment: Confidence | None = None
    keywords: Confidence | None = None
    intent: Confidence | None = None
    faq: Confidence | None = None


class Analysis(WireModel):
    """All that was found out about one text."""

    language: str
    """ISO 639-1 code (``en``, ``zh`` …), or ``und`` where it could not be told."""
    category: Category
    sentiment: Sentiment | None = None
    keywords: tuple[Keyword, ...] = ()
    intent: str | None = None
    faq: str | None = None
    """The playbook's FAQ entry that asks the same, as far as ``confidence.faq`` says."""
    topic: str | None = None
    """What it is about in one word of the playbook: an intent, or the aspect felt most."""
    urgency: Urgency = Urgency.NORMAL
    churn_risk: ChurnRisk = ChurnRisk.LOW
    personal_data: tuple[PersonalDetail, ...] = ()
    """Which kinds of personal details the text holds."""
    entities: tuple[Entity, ...] = ()
    summary: str | None = None
    measures: TextMeasures
    enrichment: Enrichment = Enrichment()
    confidence: FieldConfidence = FieldConfidence()
    notes: tuple[str, ...] = ()
    """Remarks for a reader, as fixed words: ``text_shortened``, ``enrichment_failed`` …"""
