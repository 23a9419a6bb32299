"""The playbook as the rest of the service asks it."""

from datetime import UTC, datetime, timedelta

from stream_service.contracts.analysis import Category, Sentiment
from stream_service.contracts.review import Priority
from stream_service.playbook.facts import StatedFacts
from stream_service.playbook.folding import fold, fold_lines
from stream_service.playbook.model import Limits, PlaybookFile, Strategy
from stream_service.playbook.promises import promises_in
from stream_service.playbook.wording import pattern_of, shapes_of


class Playbook:
    """A checked playbook file. It never changes after it was read."""

    def __init__(self, playbook_file: PlaybookFile) -> None:
        self.file = playbook_file
        texts = _texts(playbook_file)
        self.stated = StatedFacts.of(texts)
        """What the playbook's own texts say of links, sums and times: drafts may say it too."""
        goodwill = playbook_file.limits.goodwill
        shapes = shapes_of(
            labels=[
                fold(label)
                for entry in playbook_file.aspects.values()
                for label in entry.label.values()
            ],
            answers=map(fold, _answers(playbook_file)),
            goodwill=fold(goodwill or ""),
        )
        self._stated_promises = [
            pattern_of(promise, shapes)
            for text in texts
            # What is never said without goodwill excuses nothing.
            if goodwill is not None or "{goodwill}" not in text
            for promise in promises_in(fold_lines(text), playbook_file.guard_cues)
        ]
        self._aspects = {
            fold(name): aspect
            for aspect, entry in playbook_file.aspects.items()
            for name in (aspect, *entry.label.values())
        }
        self._due = {
            priority: timedelta(hours=hours)
            for priority, hours in playbook_file.review.due_hours.items()
        }

    @property
    def version(self) -> str:
        """The version that stands in the file; it goes into every outcome's provenance."""
        return self.file.version

    @property
    def limits(self) -> Limits:
        """What a reply may say at most."""
        return self.file.limits

    def reply_language(self, language: str) -> str | None:
        """The language in which ``language`` is answered, or None where there is no wording."""
        code = language.lower()
        for candidate in (code, code.split("-", 1)[0]):
            candidate = self.file.language_aliases.get(candidate, candidate)
            if candidate in self.file.languages:
                return candidate
        return None

    def strategies(self, category: Category) -> tuple[Strategy, ...]:
        """The strategies of ``category``, tried from the top."""
        return self.file.strategies.of(category)

    @property
    def intents(self) -> tuple[str, ...]:
        """The taxonomy of questions, for analysts."""
        return tuple(self.file.intents)

    @property
    def aspects(self) -> tuple[str, ...]:
        """What a sentiment can be about, for analysts."""
        return tuple(self.file.aspects)

    def knows_intent(self, intent: str) -> bool:
        """Whether ``intent`` belongs to the taxonomy."""
        return intent in self.file.intents

    def answer(self, intent: str | None, language: str) -> str | None:
        """The FAQ's answer to ``intent`` in a reply language, or None where it does not say."""
        entry = self.file.intents.get(intent) if intent else None
        return entry.answer.get(language) if entry and entry.answer else None

    def faq_answer(self, entry: str | None, language: str) -> str | None:
        """The answer of an FAQ entry in a reply language, or None where there is no such entry."""
        return next((one.answer.get(language) for one in self.file.faq if one.id == entry), None)

    def aspect_named(self, name: str) -> str | None:
        """The playbook's aspect that an analyst's ``name`` means, or None."""
        folded = fold(name)
        if (exact := self._aspects.get(folded)) is not None:
            return exact
        for aspect, entry in self.file.aspects.items():
            if entry.synonyms.first_in(folded):
                return aspect
        return None

    def aspects_felt(self, sentiment: Sentiment | None, *, badly: bool) -> tuple[str, ...]:
        """The playbook's aspects of ``sentiment`` that were felt badly or well, strongest first."""
        if sentiment is None:
            return ()
        felt = [
            (abs(aspect.score), name)
            for aspect in sentiment.aspects
            if (aspect.score < 0 if badly else aspect.score > 0)
            and (name := self.aspect_named(aspect.aspect)) is not None
        ]
        felt.sort(key=lambda pair: -pair[0])
        return tuple(dict.fromkeys(name for _, name in felt))

    def aspect_label(self, aspect: str, language: str) -> str:
        """How ``aspect`` is called in a reply language."""
        return self.file.aspects[aspect].label[language]

    def states_promise(self, promise: str) -> bool:
        """Whether a text of the playbook's own promises ``promise``, of ``promises_in``."""
        return promise in self.stated.text or any(
            pattern.fullmatch(promise) for pattern in self._stated_promises
        )

    def due_at(self, priority: Priority, judged_at: datetime) -> datetime:
        """When a review of ``priority`` is due that began at ``judged_at``."""
        hours = self.file.review.business_hours
        if hours is None or priority in hours.around_the_clock:
            return (judged_at + self._due[priority]).astimezone(UTC)
        return hours.after(judged_at, self._due[priority])


def _texts(playbook_file: PlaybookFile) -> list[str]:
    texts = [
        text
        for category in Category
        for strategy in playbook_file.strategies.of(category)
        for text in strategy.wording.values()
    ]
    return texts + _answers(playbook_file)


def _answers(playbook_file: PlaybookFile) -> list[str]:
    answers = [
        text for intent in playbook_file.intents.values() for text in (intent.answer or {}).values()
    ]
    return answers + [text for entry in playbook_file.faq for text in entry.answer.values()]
