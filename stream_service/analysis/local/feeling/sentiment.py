"""How the customer feels: direction from the classifier, strength from the words."""

from collections import defaultdict

from stream_service.analysis.analyst import Judged
from stream_service.analysis.local.feeling.aspects import AspectFinder
from stream_service.analysis.local.feeling.polarity import Polarity, clauses
from stream_service.contracts.analysis import (
    AspectSentiment,
    Category,
    Sentiment,
    SentimentLabel,
)

LEXICON_LANGUAGES = frozenset({"en", "zh"})

SLIGHT = 0.15
"""Score from which a feeling is more than neutral."""

STRONG = 0.65
"""Score from which it is very strong: classifier and words agree, and the words are many."""

LEXICON_SHARE = 0.5
"""Share of the words in the score; the rest is the classifier, which is right more often (on
reviews of both kinds 84 % against 80 %) and does not know strength."""

CLAUSES_READ = 60
"""Clauses of a prepared text looked at for aspects; it has seldom more than twenty."""

UNKNOWN = Judged(value=Sentiment(label=SentimentLabel.NEUTRAL, score=0.0), confidence=None)
"""The answer for languages without a lexicon."""


class SentimentReader:
    """Tells sentiment. Thread-safe: it is only read."""

    def __init__(self, polarity: Polarity) -> None:
        """Read the aspect lexicon."""
        self._polarity = polarity
        self._aspects = AspectFinder()

    def read(
        self, prepared: str, language: str, shares: dict[Category, float]
    ) -> Judged[Sentiment]:
        """Return sentiment over all and by aspect, given the probabilities of the categories."""
        if language not in LEXICON_LANGUAGES:
            return UNKNOWN
        direction = shares[Category.PRAISE] - shares[Category.COMPLAINT]
        words = self._polarity.of(prepared, language)
        score = _bounded((1 - LEXICON_SHARE) * direction + LEXICON_SHARE * words)
        sentiment = Sentiment(
            label=level(score),
            score=round(score, 3),
            aspects=self._by_aspect(prepared, language, score),
        )
        # Agreement of the two is what certainty there is; 0.5 is a coin's.
        confidence = 1 - min(1.0, abs(direction - words)) / 2
        return Judged(value=sentiment, confidence=round(confidence, 3))

    def _by_aspect(self, prepared: str, language: str, whole: float) -> tuple[AspectSentiment, ...]:
        found: defaultdict[str, list[float]] = defaultdict(list)
        for clause in clauses(prepared)[:CLAUSES_READ]:
            aspects = self._aspects.find(clause)
            if aspects:
                own = self._polarity.of(clause, language)
                # A clause without a word of feeling ("waited an hour") is felt as the whole is.
                score = own if own else whole / 2
                for aspect in aspects:
                    found[aspect].append(score)
        return tuple(
            AspectSentiment(aspect=aspect, label=level(score), score=round(score, 3))
            for aspect, scores in found.items()
            for score in [_bounded(sum(scores) / len(scores))]
        )


def level(score: float) -> SentimentLabel:
    """Return the level of a score, -1 to 1."""
    if score <= -STRONG:
        return SentimentLabel.VERY_NEGATIVE
    if score <= -SLIGHT:
        return SentimentLabel.NEGATIVE
    if score < SLIGHT:
        return SentimentLabel.NEUTRAL
    return SentimentLabel.POSITIVE if score < STRONG else SentimentLabel.VERY_POSITIVE


def _bounded(score: float) -> float:
    return max(-1.0, min(1.0, score))
