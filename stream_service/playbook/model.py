"""What a playbook file may hold, and what each entry means."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    TypeAdapter,
    model_validator,
)

from stream_service.contracts.analysis import Category, Urgency
from stream_service.contracts.review import Priority, ReviewReason
from stream_service.playbook.business_hours import LONGEST_SEARCH_DAYS, BusinessHours
from stream_service.playbook.cues import Cues
from stream_service.playbook.currencies import currencies_in
from stream_service.playbook.folding import fold
from stream_service.playbook.wording import Wording

Share = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=-1, le=1)]
Stars = Annotated[int, Field(ge=1, le=5)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]

_CUES_BY_LANGUAGE = TypeAdapter(dict[LanguageCode, tuple[str, ...]])

Question = Annotated[str, Field(min_length=1, max_length=500)]

Texts = dict[LanguageCode, Annotated[str, Field(min_length=1)]]
"""One text in each of the playbook's languages."""


def _parse_cues(value: object) -> object:
    if isinstance(value, Cues):
        return value
    by_language = _CUES_BY_LANGUAGE.validate_python(value)
    return Cues(cue for cues in by_language.values() for cue in cues)


CueSet = Annotated[Cues, BeforeValidator(_parse_cues)]
"""Cues by language; they are looked for in every text, whatever its language."""


class _Entry(BaseModel):
    # A misspelt key must not pass for a rule that never applies.
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )


class When(_Entry):
    """Conditions, all of which must hold. What an event lacks (no rating, say) never holds."""

    sentiment_at_most: Score | None = None
    sentiment_at_least: Score | None = None
    aspects_any: tuple[Name, ...] = ()
    """One of these aspects was felt as badly (complaint) or as well (praise)."""
    intents_any: tuple[Name, ...] = ()
    rating_at_most: Stars | None = None
    rating_at_least: Stars | None = None
    urgency_at_least: Urgency | None = None
    customer_tiers_any: tuple[str, ...] = ()
    open_orders_at_least: Annotated[int, Field(ge=0)] | None = None
    """Orders under way, as the look-up of the customer knows them."""
    languages_any: tuple[LanguageCode, ...] = ()
    channels_any: tuple[str, ...] = ()
    category_confidence_at_least: Share | None = None
    intent_confidence_at_least: Share | None = None
    faq_confidence_at_least: Share | None = None

    @property
    def is_unconditional(self) -> bool:
        """Whether it holds for every event."""
        return self == When()


class Strategy(_Entry):
    """One way of replying."""

    id: Name
    when: When = When()
    allow_model_draft: bool = True
    """Whether a model that chose this strategy may word it; otherwise the wording stands."""
    wording: Texts
    _parsed: dict[str, Wording] = PrivateAttr(default_factory=dict[str, Wording])

    @model_validator(mode="after")
    def _parse(self) -> "Strategy":
        for language, text in self.wording.items():
            try:
                self._parsed[language] = Wording.parse(text)
            except ValueError as error:
                raise ValueError(f"wording.{language}: {error}") from None
        return self

    def wording_in(self, language: str) -> Wording | None:
        """The wording in ``language`` (ISO 639-1), or None."""
        return self._parsed.get(language)


class Strategies(_Entry):
    """The strategies of each category, tried from the top."""

    complaint: tuple[Strategy, ...]
    praise: tuple[Strategy, ...]
    question: tuple[Strategy, ...]
    other: tuple[Strategy, ...]
    """Only ever a draft for a person."""

    def of(self, category: Category) -> tuple[Strategy, ...]:
        """The strategies of ``category`` in their order."""
        match category:
            case Category.COMPLAINT:
                return self.complaint
            case Category.PRAISE:
                return self.praise
            case Category.QUESTION:
                return self.question
            case Category.OTHER:
                return self.other


class Intent(_Entry):
    """What a question can be after."""

    label: Texts
    answer: Texts | None = None
    """The FAQ's answer; without one the question is asked back or passed on."""
    examples: dict[LanguageCode, tuple[Question, ...]] = Field(
        default_factory=dict[str, tuple[str, ...]]
    )
    """Questions of this intent, by which the local analyst knows one that was added here."""


class FaqEntry(_Entry):
    """A question that is often asked, and its answer."""

    id: Name
    questions: Annotated[dict[LanguageCode, tuple[Question, ...]], Field(min_length=1)]
    """As customers may ask it; two or three wordings in each language are enough."""
    answer: Texts


class Aspect(_Entry):
    """What a sentiment can be about."""

    label: Texts
    synonyms: CueSet = Cues(())
    """Other names that an analyst may give it."""


class Limits(_Entry):
    """What a reply may say at most. What the playbook's own texts say is allowed beyond that."""

    goodwill_amount: Annotated[float, Field(ge=0)] = 0
    """The most money that a reply may offer; 0 for none."""
    goodwill_currency: str = "USD"

    @property
    def goodwill(self) -> str | None:
        """The most money as a reply says it, or None where there is none."""
        if self.goodwill_amount == 0:
            return None
        return f"{self.goodwill_amount:g} {self.goodwill_currency}"

    def allows(self, found: str, amount: float | None) -> bool:
        """Whether a reply may offer the sum ``found``, of ``amount``, as ``sums_in`` tells both."""
        if amount is None or amount > self.goodwill_amount:
            return False
        own, named = currencies_in(fold(self.goodwill_currency)), currencies_in(found)
        # What the owner alone calls so ("points") cannot be compared.
        return not own or not named or not own.isdisjoint(named)

    deadline_hours: Annotated[float, Field(ge=0)] = 0
    """The longest time within which a reply may promise something; 0 for no promise of time."""
    reply_characters: Annotated[int, Field(ge=50, le=10_000)] = 1_200


class Thresholds(_Entry):
    """Where the rules draw their lines."""

    category_confidence_at_least: dict[Category, Share]
    language_confidence_at_least: Share = 0
    intent_example_confidence_at_least: Share = 0.6
    """How sure it must be that a question is like an intent's example to be of that intent."""
    unknown_confidence: Literal["accept", "review"] = "review"
    """What happens to a category of which nobody knows how sure it is."""
    legal_safety_urgency_at_least: Urgency = Urgency.CRITICAL
    """What is so urgent is a matter of health, life or theft, in whatever words."""
    anger_sentiment_at_most: Score = -0.95
    churn_sentiment_at_most: Score = -0.7
    """A complaint that is felt so badly makes the churn risk medium."""
    praise_rating_at_least: Stars = 3
    complaint_rating_at_most: Stars = 4
    praise_sentiment_at_least: Score = -0.5
    complaint_sentiment_at_most: Score = 0.7
    readable_letters_at_least: Annotated[int, Field(ge=0)] = 2
    """A text with fewer letters, and without an emoji, says too little to be answered."""
    longest_word_characters: Annotated[int, Field(ge=10)] = 200
    """A longer run without a space (in an alphabet) is no language."""


class HighValue(_Entry):
    """Whose feedback a person always reads."""

    customer_tiers: tuple[str, ...] = ()
    """From the customer look-up, or the event's attribute ``customer_tier``; case is ignored."""
    attributes: dict[str, tuple[str | int | float | bool, ...]] = Field(
        default_factory=dict[str, tuple[str | int | float | bool, ...]]
    )
    """Attributes of the event and the values that count."""
    attributes_at_least: dict[str, float] = Field(default_factory=dict[str, float])
    """Numeric attributes of the event and the least value that counts."""


class EscalationCues(_Entry):
    """The cues of each reason that is recognised by words."""

    human_requested: CueSet
    anger: CueSet
    legal_safety: CueSet
    repeat_contact: CueSet
    prompt_injection: CueSet


class GuardCues(_Entry):
    """What no draft may say unless the playbook says it itself."""

    promises: CueSet
    """Promises of money or of a result."""
    money: CueSet = Cues(())
    """Words of money, and of what costs some."""
    giving: CueSet = Cues(())
    """Words by which a sentence about money promises or says that it is done."""
    speaking: CueSet = Cues(())
    """Words by which a sentence about money only speaks of it."""
    deadlines: CueSet
    """Promises of a time that name no number (``by tomorrow``)."""
    prompt_echo: CueSet
    """Words that only a prompt or a model speaking of itself has."""


class ReviewPlan(_Entry):
    """How soon a person should look."""

    priority: dict[ReviewReason, Priority]
    due_hours: dict[Priority, Annotated[float, Field(gt=0, le=LONGEST_SEARCH_DAYS * 24)]]
    business_hours: BusinessHours | None = None
    """Without them every hour counts."""
    sampled_share: Share = 0
    """The share of automatic replies that a person looks at first."""


class PlaybookFile(_Entry):
    """A whole playbook file."""

    version: Annotated[str, Field(min_length=1, max_length=60)]
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    language_aliases: dict[str, LanguageCode] = Field(default_factory=dict[str, str])
    """Codes that are answered in the wording of another one (``yue`` in ``zh``)."""
    strategies: Strategies
    intents: dict[Name, Intent]
    faq: tuple[FaqEntry, ...] = ()
    aspects: dict[Name, Aspect]
    limits: Limits
    thresholds: Thresholds
    high_value: HighValue = HighValue()
    escalation_cues: EscalationCues
    guard_cues: GuardCues
    churn_cues: CueSet = Cues(())
    """Words of a customer who leaves."""
    review: ReviewPlan
