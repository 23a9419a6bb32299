"""The analyst: whoever reads a text and says what it is about."""

from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from stream_service.contracts.analysis import (
    Category,
    Entity,
    Keyword,
    Sentiment,
    Urgency,
)
from stream_service.contracts.judgement import DegradedReason, ModelUsage

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Which language a text is in."""

    code: str
    """ISO 639-1 code, or ``und`` where it could not be told."""
    confidence: float | None
    """0 to 1, or None where nothing is known about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What an analyst is given to read."""

    text: str
    language_hint: str | None = None
    """BCP 47, as the publisher says."""
    rating: int | None = None
    """Stars, 1 to 5."""
    product: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(Generic[Value]):
    """A finding with its certainty, 0 to 1, or None where nothing is known about it."""

    value: Value
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an analyst found. Only the category is sure to be there.

    What is None was not looked at; the graph's branch nodes complete what their branch needs.
    """

    analyst: str
    """``local`` or ``llm``."""
    model: str
    prompt_version: str | None = None
    category: Judged[Category]
    language: Language | None = None
    sentiment: Judged[Sentiment] | None = None
    keywords: Judged[tuple[Keyword, ...]] | None = None
    intent: Judged[str] | None = None
    faq: str | None = None
    """The FAQ entry that a language model holds for the answer."""
    urgency: Urgency | None = None
    entities: tuple[Entity, ...] = ()
    summary: str | None = None
    suggested_strategy: str | None = None
    draft: str | None = None
    degraded_reason: DegradedReason | None = None
    """Set when the language model should have read the text and could not."""
    notes: tuple[str, ...] = ()
    usage: ModelUsage | None = None
    """What a language model took; None where none was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQuestion:
    """A question of the playbook: of an FAQ entry, or an example of an intent."""

    kind: Literal["faq", "intent"]
    name: str
    """Of the entry or the intent."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """What a question is most like; None where nothing of the kind is known."""

    faq: Judged[str] | None = None
    intent: Judged[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """A reply that is to be drafted."""

    feedback: Feedback
    language: str
    """ISO 639-1 code in which the reply is written."""
    strategy: str
    """The playbook's strategy that the reply follows."""
    pattern: str
    """The playbook's own wording of it, already filled in: what the draft may say."""
    findings: tuple[str, ...] = ()
    """What is known of the feedback, as ``category: complaint``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted reply."""

    text: str | None
    """None where nobody could word it; the playbook's wording stands then."""
    usage: ModelUsage | None = None
    notes: tuple[str, ...] = ()


class Drafter(Protocol):
    """Words replies."""

    async def draft(self, commission: Commission) -> Draft:
        """Word the reply within a deadline of its own. It never raises for want of a model."""
        ...


class Analyst(Protocol):
    """Reads a text as a whole. Its awaits end within its own deadline; it never blocks the loop."""

    async def read(self, feedback: Feedback) -> Reading:
        """Say at least which category ``feedback`` is of.

        Raises AnalystFailed when no answer could be had from anyone.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections, threads and models. Safe to call twice."""
        ...


class BranchAnalyst(Protocol):
    """Answers one question about a text at a time; what the graph's branch nodes ask."""

    async def language(self, text: str, hint: str | None) -> Language:
        """Tell the language of ``text``; the hint decides where the text leaves it open."""
        ...

    async def sentiment(self, text: str, language: str) -> Judged[Sentiment]:
        """Tell how the customer feels, over all and by aspect."""
        ...

    async def keywords(self, text: str, language: str) -> Judged[tuple[Keyword, ...]]:
        """Name the words that carry the text, most telling first."""
        ...

    async def intent(self, text: str, language: str) -> Judged[str]:
        """Name the intent of a question, from the playbook's taxonomy."""
        ...


class QuestionMatcher(Protocol):
    """Compares questions with those that the playbook knows."""

    async def similar(self, text: str) -> Similar:
        """Name the FAQ entry and the intent whose questions are most like ``text``."""
        ...


class AnalystFailed(Exception):
    """No analyst could read the text."""
