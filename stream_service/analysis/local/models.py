"""Everything the local analyst reads with; the blocking half of it."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream_service.analysis.analyst import (
    Feedback,
    Judged,
    KnownQuestion,
    Language,
    Reading,
    Similar,
)
from stream_service.analysis.local.category import CategoryReader, best
from stream_service.analysis.local.encoders import (
    Encoder,
    EncoderChoice,
    EncoderName,
    Loader,
    load_encoder,
)
from stream_service.analysis.local.intent import IntentReader
from stream_service.analysis.local.keywords import KeywordReader
from stream_service.analysis.local.language import LanguageReader
from stream_service.analysis.local.polarity import Polarity
from stream_service.analysis.local.preparation import prepare
from stream_service.analysis.local.sentiment import SentimentReader
from stream_service.analysis.local.similarity import KnownQuestions, load_calibrations
from stream_service.analysis.local.urgency import UrgencyReader
from stream_service.analysis.local.vectors import Vector
from stream_service.contracts.analysis import (
    TROUBLE_BESIDE_PRAISE,
    Category,
    Keyword,
    Sentiment,
)

VECTORS_KEPT = 512
"""Vectors kept of the latest texts, 2 KB each: the branch of an event asks for what its
classification has computed a moment ago."""


@dataclass(frozen=True, slots=True)
class _Seen:
    prepared: str
    vector: Vector


class Models:
    """The loaded models. Every method blocks and may be called from several threads."""

    def __init__(self, choice: EncoderChoice, loaders: Mapping[EncoderName, Loader]) -> None:
        """Load everything, some 3 seconds.

        Raises EncoderUnavailable when no encoder loads, FileNotFoundError or WeightsMismatch when
        the package's weights are not there.
        """
        self.encoder: Encoder = load_encoder(choice, loaders)
        polarity = Polarity()
        self._category = CategoryReader(self.encoder.name, polarity)
        self._intent = IntentReader(self.encoder.name, polarity)
        self._sentiment = SentimentReader(polarity)
        self._urgency = UrgencyReader()
        self._keywords = KeywordReader()
        self._language = LanguageReader(
            self._keywords.english.stop_words() | polarity.english.words()
        )
        self._calibrations = load_calibrations(self.encoder.name)
        self._known = KnownQuestions((), self.encoder, self._calibrations)
        self._kept: OrderedDict[str, _Seen] = OrderedDict()
        self._kept_lock = threading.Lock()

    def read(self, feedback: Feedback) -> Reading:
        """Tell category, language and urgency."""
        seen = self._see(feedback.text)
        shares = self._category.shares(seen.prepared, seen.vector, feedback.rating)
        category = best(shares)
        doubtful = category.value is Category.PRAISE and self._category.reports_trouble(
            seen.prepared
        )
        return Reading(
            analyst="local",
            model=self.encoder.model,
            category=category,
            language=self._language.read(feedback.text, feedback.language_hint),
            urgency=self._urgency.read(seen.prepared),
            # Such praise is right in 76 of 100 cases, other praise in 92 (public reviews).
            notes=(TROUBLE_BESIDE_PRAISE,) if doubtful else (),
        )

    def language(self, text: str, hint: str | None) -> Language:
        """Tell the language of ``text``."""
        return self._language.read(text, hint)

    def sentiment(self, text: str, language: str) -> Judged[Sentiment]:
        """Tell how the customer feels."""
        seen = self._see(text)
        shares = self._category.shares(seen.prepared, seen.vector)
        return self._sentiment.read(seen.prepared, language, shares)

    def keywords(self, text: str, language: str) -> Judged[tuple[Keyword, ...]]:
        """Name the words that carry ``text``."""
        return self._keywords.read(prepare(text), language)

    def intent(self, text: str) -> Judged[str]:
        """Name the intent of a question."""
        seen = self._see(text)
        return self._intent.read(seen.prepared, seen.vector)

    def learn(self, questions: Sequence[KnownQuestion]) -> None:
        """Compare with ``questions`` from now on."""
        self._known = KnownQuestions(questions, self.encoder, self._calibrations)

    def similar(self, text: str) -> Similar:
        """Name what a question is most like."""
        seen = self._see(text)
        return self._known.similar(seen.prepared, seen.vector)

    @property
    def intents(self) -> tuple[str, ...]:
        """Every intent that ``intent`` can name."""
        return self._intent.intents

    def _see(self, text: str) -> _Seen:
        prepared = prepare(text)
        with self._kept_lock:
            kept = self._kept.get(prepared)
            if kept is not None:
                self._kept.move_to_end(prepared)
                return kept
        seen = _Seen(prepared, self.encoder.encode(prepared))
        with self._kept_lock:
            self._kept[prepared] = seen
            while len(self._kept) > VECTORS_KEPT:
                self._kept.popitem(last=False)
        return seen
