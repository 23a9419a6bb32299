"""Everything the local analyst reads with; the blocking half of it."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from stream_service.analysis.analyst import (
    Feedback,
    Judged,
    KnownQuestion,
    Language,
    Reading,
    Similar,
)
from stream_service.analysis.local.classifying.category import best
from stream_service.analysis.local.classifying.urgency import UrgencyReader
from stream_service.analysis.local.encoding.encoders import EncoderChoice, EncoderName, Loader
from stream_service.analysis.local.encoding.preparation import prepare
from stream_service.analysis.local.feeling.polarity import Polarity
from stream_service.analysis.local.feeling.sentiment import SentimentReader
from stream_service.analysis.local.languages.language import LanguageReader
from stream_service.analysis.local.stage import Seen, Stages
from stream_service.analysis.local.words.keywords import KeywordReader
from stream_service.contracts.analysis import (
    TROUBLE_BESIDE_PRAISE,
    Category,
    Keyword,
    Sentiment,
)

VECTORS_KEPT = 512
"""Vectors kept of the latest texts, 2 KB each: the branch of an event asks for what its
classification has computed a moment ago."""


class Models:
    """The loaded models. Every method blocks and may be called from several threads."""

    def __init__(
        self, choice: EncoderChoice, loaders: Mapping[EncoderName, Loader], quick_is_sure: float
    ) -> None:
        """Load everything, 0.2 seconds or so; 1.5 with the universal encoder.

        Raises EncoderUnavailable when no encoder loads, FileNotFoundError or WeightsMismatch when
        the package's weights are not there.
        """
        polarity = Polarity()
        self._stages = Stages(choice, loaders, polarity, sure=quick_is_sure)
        self._sentiment = SentimentReader(polarity)
        self._urgency = UrgencyReader()
        self._keywords = KeywordReader()
        self._language = LanguageReader(
            self._keywords.english.stop_words() | polarity.english.words()
        )
        self._kept: OrderedDict[str, Seen] = OrderedDict()
        self._kept_lock = threading.Lock()

    @property
    def model(self) -> str:
        """The name of the encoder's model, as readings carry it; of both in a cascade."""
        return self._stages.model

    def read(self, feedback: Feedback) -> Reading:
        """Tell category, language and urgency."""
        seen = self._see(feedback.text)
        reader = seen.stage.category
        category = best(reader.shares(seen.prepared, seen.vector, feedback.rating))
        doubtful = category.value is Category.PRAISE and reader.reports_trouble(seen.prepared)
        return Reading(
            analyst="local",
            model=self.model,
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
        shares = seen.stage.category.shares(seen.prepared, seen.vector)
        return self._sentiment.read(seen.prepared, language, shares)

    def keywords(self, text: str, language: str) -> Judged[tuple[Keyword, ...]]:
        """Name the words that carry ``text``."""
        return self._keywords.read(prepare(text), language)

    def intent(self, text: str) -> Judged[str]:
        """Name the intent of a question."""
        seen = self._see(text)
        return seen.stage.intent.read(seen.prepared, seen.vector)

    def learn(self, questions: Sequence[KnownQuestion]) -> None:
        """Compare with ``questions`` from now on."""
        self._stages.learn(questions)

    def similar(self, text: str) -> Similar:
        """Name what a question is most like."""
        seen = self._see(text)
        return seen.stage.known.similar(seen.prepared, seen.vector)

    @property
    def intents(self) -> tuple[str, ...]:
        """Every intent that ``intent`` can name."""
        return self._stages.last.intent.intents

    def _see(self, text: str) -> Seen:
        prepared = prepare(text)
        with self._kept_lock:
            kept = self._kept.get(prepared)
            if kept is not None:
                self._kept.move_to_end(prepared)
                return kept
        seen = self._stages.see(prepared)
        with self._kept_lock:
            self._kept[prepared] = seen
            while len(self._kept) > VECTORS_KEPT:
                self._kept.popitem(last=False)
        return seen
