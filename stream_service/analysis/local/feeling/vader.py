"""VADER's English sentiment lexicon, behind a typed surface."""

from typing import Any

from vaderSentiment.vaderSentiment import (  # pyright: ignore[reportMissingTypeStubs]  # no types
    SentimentIntensityAnalyzer,
)


class Vader:
    """English polarity by word lists and rules. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Read the lexicon, some 50 ms."""
        self._analyzer: Any = SentimentIntensityAnalyzer()

    def polarity(self, text: str) -> float:
        """Return the polarity of ``text``, -1 to 1."""
        return float(self._analyzer.polarity_scores(text)["compound"])

    def words(self) -> frozenset[str]:
        """Return the words of the lexicon that consist of letters."""
        return frozenset(word for word in self._analyzer.lexicon if word.isalpha())
