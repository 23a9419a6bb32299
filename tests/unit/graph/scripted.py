"""Analysts that answer as a test tells them to, and a judge around them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from stream_service.analysis.analyst import (
    AnalystFailed,
    Drafter,
    Feedback,
    Judged,
    Language,
    QuestionMatcher,
    Reading,
    Similar,
)
from stream_service.contracts.analysis import (
    AspectSentiment,
    Category,
    Keyword,
    Sentiment,
    SentimentLabel,
)
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem
from stream_service.contracts.verdict import Verdict
from stream_service.graph import Context, GraphJudge
from stream_service.graph.enrichment import CustomerDirectory
from stream_service.graph.observer import NodeObserver, NoObserver
from stream_service.playbook import Playbook, load_playbook

PLAYBOOK = load_playbook()
SOURCE = Source(topic="feedback.events", partition=2, offset=7)
RECEIVED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
ENGLISH = Language(code="en", confidence=0.99)
CHINESE = Language(code="zh", confidence=0.99)

READING = Reading(
    analyst="llm",
    model="scripted-1",
    prompt_version="p1",
    category=Judged(value=Category.COMPLAINT, confidence=0.95),
)


def reading(
    category: Category = Category.COMPLAINT,
    *,
    language: Language | None = ENGLISH,
    confidence: float | None = 0.95,
) -> Reading:
    """A reading of nothing but the category and the language."""
    judged = Judged(value=category, confidence=confidence)
    return replace(READING, category=judged, language=language)


def felt(score: float, *aspects: tuple[str, float]) -> Sentiment:
    """A sentiment with a score, over all and by aspect."""
    return Sentiment(
        label=_label(score),
        score=score,
        aspects=tuple(
            AspectSentiment(aspect=name, label=_label(value), score=value)
            for name, value in aspects
        ),
    )


def _label(score: float) -> SentimentLabel:
    if score == 0:
        return SentimentLabel.NEUTRAL
    return SentimentLabel.POSITIVE if score > 0 else SentimentLabel.NEGATIVE


@dataclass
class ScriptedAnalyst:
    """Answers with one reading, or with what a function makes of the feedback."""

    answer: Reading | Callable[[Feedback], Reading]
    asked: list[Feedback] = field(default_factory=list[Feedback])

    async def read(self, feedback: Feedback) -> Reading:
        self.asked.append(feedback)
        return self.answer if isinstance(self.answer, Reading) else self.answer(feedback)

    async def aclose(self) -> None:
        pass


@dataclass
class ScriptedBranch:
    """Answers each question with one finding; None fails."""

    spoken: Language | None = ENGLISH
    feeling: Sentiment | None = field(default_factory=lambda: felt(-0.4, ("delivery", -0.6)))
    words: tuple[Keyword, ...] | None = (Keyword(text="lamp", weight=1),)
    purpose: str | None = "delivery"
    asked: list[str] = field(default_factory=list[str])

    async def language(self, text: str, hint: str | None) -> Language:
        self.asked.append("language")
        return _found(self.spoken)

    async def sentiment(self, text: str, language: str) -> Judged[Sentiment]:
        self.asked.append("sentiment")
        return Judged(value=_found(self.feeling), confidence=0.8)

    async def keywords(self, text: str, language: str) -> Judged[tuple[Keyword, ...]]:
        self.asked.append("keywords")
        return Judged(value=_found(self.words), confidence=0.8)

    async def intent(self, text: str, language: str) -> Judged[str]:
        self.asked.append("intent")
        return Judged(value=_found(self.purpose), confidence=0.8)


@dataclass
class ScriptedMatcher:
    """Finds every question like one FAQ entry."""

    entry: str
    confidence: float
    asked: int = 0

    async def similar(self, text: str) -> Similar:
        self.asked += 1
        return Similar(faq=Judged(value=self.entry, confidence=self.confidence))


Value = TypeVar("Value")


def _found(value: Value | None) -> Value:
    if value is None:
        raise AnalystFailed("scripted to fail")
    return value


def judge_of(
    answer: Reading | Callable[[Feedback], Reading],
    *,
    branch: ScriptedBranch | None = None,
    playbook: Playbook = PLAYBOOK,
    directory: CustomerDirectory | None = None,
    observer: NodeObserver | None = None,
    drafter: Drafter | None = None,
    matcher: QuestionMatcher | None = None,
) -> GraphJudge:
    """A judge with a scripted analyst."""
    return GraphJudge(
        Context(
            analyst=ScriptedAnalyst(answer),
            branch=branch or ScriptedBranch(),
            playbook=playbook,
            drafter=drafter,
            matcher=matcher,
            directory=directory,
            observer=observer or NoObserver(),
            now=lambda: NOW,
        )
    )


def event(text: str = "My order has not arrived yet.", **fields: object) -> FeedbackEvent:
    """An event with an id."""
    return FeedbackEvent.model_validate({"event_id": "event-1", "text": text, **fields})


async def verdict_on(judge: GraphJudge, given: FeedbackEvent) -> Verdict:
    """What ``judge`` makes of ``given``."""
    return await judge(given, SOURCE, RECEIVED_AT)


async def reply_to(judge: GraphJudge, given: FeedbackEvent) -> Reply:
    """The reply to ``given``, which must be one."""
    verdict = await verdict_on(judge, given)
    assert isinstance(verdict, Reply), verdict
    return verdict


async def review_of(judge: GraphJudge, given: FeedbackEvent) -> ReviewItem:
    """The review item of ``given``, which must be one."""
    verdict = await verdict_on(judge, given)
    assert isinstance(verdict, ReviewItem), verdict
    return verdict
