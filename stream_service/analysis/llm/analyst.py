"""The analyst that asks a language model, and the local analyst where it cannot."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from stream_service.analysis.analyst import (
    Analyst,
    AnalystFailed,
    Commission,
    Draft,
    Feedback,
    Judged,
    Language,
    Reading,
)
from stream_service.analysis.llm.answers.answer import (
    AnalysisAnswer,
    analysis_schema,
    check_analysis,
    check_draft,
    draft_schema,
    read_analysis,
    read_draft,
)
from stream_service.analysis.llm.answers.confidence import category_confidence
from stream_service.analysis.llm.answers.echo import EchoFinder
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import ContextTooLong, LlmError, degraded_reason
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.prompting.guidance import Guidance
from stream_service.analysis.llm.prompting.masking import Masked, masked
from stream_service.analysis.llm.prompting.prompt import Prompt
from stream_service.analysis.llm.prompting.shortening import TEXT_SHORTENED, shortened
from stream_service.analysis.llm.prompting.tokens import estimated_tokens
from stream_service.analysis.llm.question import (
    AnswerForm,
    Ask,
    Deadline,
    Message,
    Question,
    Run,
)
from stream_service.contracts.analysis import (
    PROMPT_ECHO,
    AspectSentiment,
    Category,
    Entity,
    Keyword,
    Sentiment,
    SentimentLabel,
)

_SCORES = {
    SentimentLabel.VERY_NEGATIVE: -0.9,
    SentimentLabel.NEGATIVE: -0.6,
    SentimentLabel.NEUTRAL: 0.0,
    SentimentLabel.POSITIVE: 0.6,
    SentimentLabel.VERY_POSITIVE: 0.9,
}
"""Of an aspect, which the model only labels."""

MAX_SUMMARY_CHARACTERS = 300
MAX_ENTITIES = 20
MAX_ASPECTS = 20
MAX_KEYWORDS = 20
MAX_WORD_CHARACTERS = 200
"""Of a keyword, an aspect, or a thing that is named. A model that runs on must not fill the
record."""

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPolicy:
    """How a text is read."""

    model: str
    deadline_s: float = 60.0
    """For all calls of one event together; waiting for an outage's end is not counted."""
    with_draft: bool = True
    """Whether one call tells everything (``fused``), or a second one drafts (``staged``)."""
    mask_personal_details: bool = True
    most_text_tokens: int = 2_000
    most_output_tokens: int = 700
    second_opinion: bool = True
    """Whether the local analyst's agreement stands for a confidence that the endpoint does not
    give."""


class LlmAnalyst:
    """Reads feedback with a language model. It implements ``Analyst`` and ``Drafter``.

    What the model cannot do in time is left to ``local``, and the reading says why.
    """

    def __init__(
        self,
        ask: Ask,
        guidance: Guidance,
        local: Analyst,
        policy: ReadingPolicy,
        *,
        prices: PriceTable,
        observer: LlmObserver,
        deadline: Callable[[float], Deadline] = Deadline,
    ) -> None:
        self._ask = ask
        self._local = local
        self._policy = policy
        self._prices = prices
        self._observer = observer
        self._deadline = deadline
        self._draft_form = AnswerForm(name="reply_draft", schema=draft_schema(), check=check_draft)
        self.use(guidance)

    def use(self, guidance: Guidance) -> None:
        """Ask by ``guidance`` from the next call on: the playbook has changed."""
        policy = self._policy
        self._prompt = Prompt(guidance, with_draft=policy.with_draft)
        self._echo = EchoFinder(self._prompt.own_words)
        self._analysis_form = AnswerForm(
            name="feedback_analysis",
            schema=analysis_schema(guidance, with_draft=policy.with_draft),
            check=check_analysis,
            tells_category=True,
        )
        # Not the version alone: a playbook changes without, and a shared cache serves both plans.
        prompt = self._prompt
        self._key_base = "\n".join(
            (policy.model, prompt.version, prompt.instructions, prompt.draft_instructions)
        )

    async def read(self, feedback: Feedback) -> Reading:
        """Ask the model; where it gives no answer, the local analyst reads and the reading says so.

        Raises AnalystFailed when the local analyst fails as well.
        """
        run = Run(deadline=self._deadline(self._policy.deadline_s))
        most_tokens = self._policy.most_text_tokens
        try:
            try:
                return await self._read(feedback, run, most_tokens)
            except ContextTooLong:
                # Our estimate was too low for this endpoint's tokenizer, or its context is small.
                return await self._read(feedback, run, most_tokens // 2)
        except LlmError as error:
            reason = degraded_reason(error)
            usage = run.meter.usage(self._prices)
            self._observer.event_read(usage, reason)
            reading = await self._local.read(feedback)
            return replace(reading, degraded_reason=reason, usage=usage)

    async def draft(self, commission: Commission) -> Draft:
        """Have the reply worded; its text is None where the model could not be had."""
        run = Run(deadline=self._deadline(self._policy.deadline_s))
        text, _ = shortened(commission.feedback.text, self._policy.most_text_tokens)
        hidden = self._masked(text, commission.language)
        given = replace(commission, feedback=replace(commission.feedback, text=hidden.text))
        about = (given.strategy, given.language, given.pattern, *given.findings)
        question = self._question(
            self._prompt.draft_fixed,
            self._prompt.draft(given),
            self._draft_form,
            given.feedback,
            about,
        )
        try:
            completion = await self._ask(question, run)
        except LlmError:
            return Draft(text=None, usage=run.meter.usage(self._prices))
        draft = read_draft(completion.text).draft.strip()
        if self._echo.echoes(draft):
            return Draft(text=None, usage=run.meter.usage(self._prices), notes=(PROMPT_ECHO,))
        return Draft(text=hidden.restored(draft), usage=run.meter.usage(self._prices))

    async def aclose(self) -> None:
        """Pass: whoever made the chain and the local analyst closes them."""

    async def _read(self, feedback: Feedback, run: Run, most_tokens: int) -> Reading:
        text, is_shortened = shortened(feedback.text, most_tokens)
        hidden = self._masked(text, feedback.language_hint)
        given = replace(feedback, text=hidden.text)
        messages = self._prompt.analysis(given)
        question = self._question(
            self._prompt.analysis_fixed, messages, self._analysis_form, given, ()
        )
        completion = await self._ask(question, run)
        answer = read_analysis(completion.text)
        confidence = category_confidence(completion.choices, answer.category)
        if confidence is None and self._policy.second_opinion:
            confidence = await self._agreement(feedback, answer.category)
        usage = run.meter.usage(self._prices)
        self._observer.event_read(usage, None)
        notes = (TEXT_SHORTENED,) if is_shortened else ()
        reading = self._reading(answer, completion, confidence, hidden)
        if reading.draft is not None and self._echo.echoes(reading.draft):
            reading, notes = replace(reading, draft=None), (*notes, PROMPT_ECHO)
        return replace(reading, notes=notes, usage=usage)

    async def _agreement(self, feedback: Feedback, category: Category) -> float | None:
        # Two who err in different ways and agree are surer than either; where they differ, the
        # surer the other one is, the less is left.
        try:
            other = (await self._local.read(feedback)).category
        except AnalystFailed:
            # The model has answered: how sure it is stays unknown.
            return None
        if other.confidence is None:
            return None
        doubt = (1 - other.confidence) / 2
        return 1 - doubt if other.value == category else doubt

    def _masked(self, text: str, language: str | None) -> Masked:
        return masked(text, language) if self._policy.mask_personal_details else Masked(text)

    def _question(
        self,
        fixed: tuple[Message, ...],
        messages: tuple[Message, ...],
        form: AnswerForm,
        feedback: Feedback,
        about: tuple[str, ...],
    ) -> Question:
        normalised = _SPACES.sub(" ", unicodedata.normalize("NFKC", feedback.text)).strip()
        asked = (self._key_base, form.name, normalised, feedback.rating, feedback.product, about)
        return Question(
            fixed=fixed,
            messages=messages,
            form=form,
            cache_key=hashlib.sha256(repr(asked).encode()).hexdigest(),
            input_tokens=_tokens_of_fixed(fixed) + _tokens_of(messages),
            max_output_tokens=self._policy.most_output_tokens,
        )

    def _reading(
        self,
        answer: AnalysisAnswer,
        completion: Completion,
        confidence: float | None,
        hidden: Masked,
    ) -> Reading:
        draft = (answer.draft or "").strip()
        return Reading(
            analyst="llm",
            model=completion.model,
            prompt_version=self._prompt.version,
            category=Judged(value=answer.category, confidence=confidence),
            language=_language(answer),
            sentiment=_sentiment(answer),
            keywords=_keywords(answer),
            intent=Judged(value=answer.intent, confidence=completion.intent_confidence)
            if answer.intent
            else None,
            faq=answer.faq,
            urgency=answer.urgency,
            entities=tuple(
                Entity(type=one.type[:MAX_WORD_CHARACTERS], text=one.text[:MAX_WORD_CHARACTERS])
                for one in (answer.entities or ())[:MAX_ENTITIES]
            ),
            summary=answer.summary[:MAX_SUMMARY_CHARACTERS] if answer.summary else None,
            suggested_strategy=answer.strategy or None,
            draft=hidden.restored(draft) if draft else None,
        )


def _tokens_of(messages: Sequence[Message]) -> int:
    return sum(estimated_tokens(text) for _, text in messages)


@lru_cache(maxsize=8)
def _tokens_of_fixed(fixed: tuple[Message, ...]) -> int:
    """Counting them anew for every event would cost more than the rest of the question."""
    return _tokens_of(fixed)


def _language(answer: AnalysisAnswer) -> Language | None:
    code = answer.language
    if code is None or _LANGUAGE.fullmatch(code) is None:
        return None
    return Language(code=code, confidence=None)


def _sentiment(answer: AnalysisAnswer) -> Judged[Sentiment] | None:
    found = answer.sentiment
    if found is None or not -1 <= found.score <= 1:
        return None
    aspects = tuple(
        AspectSentiment(
            aspect=one.aspect[:MAX_WORD_CHARACTERS], label=one.label, score=_SCORES[one.label]
        )
        for one in found.aspects[:MAX_ASPECTS]
    )
    return Judged(value=Sentiment(label=found.label, score=found.score, aspects=aspects))


def _keywords(answer: AnalysisAnswer) -> Judged[tuple[Keyword, ...]] | None:
    if not answer.keywords:
        return None
    words = tuple(
        Keyword(text=word[:MAX_WORD_CHARACTERS], weight=1 / (1 + position))
        for position, word in enumerate(answer.keywords[:MAX_KEYWORDS])
        if word.strip()
    )
    return Judged(value=words)
