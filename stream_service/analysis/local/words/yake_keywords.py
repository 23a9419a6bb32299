"""YAKE keywords of English texts, behind a typed surface."""

import threading
from typing import Any

import yake  # pyright: ignore[reportMissingTypeStubs]  # ships no types

LONGEST_PHRASE = 2
"""Words of a keyword at most; three make most of a short review."""

ALIKE = 0.8
"""Likeness of two phrases from which one of them is left out."""


class YakeKeywords:
    """English keywords by their place and frequency in the text."""

    def __init__(self, limit: int) -> None:
        """At most ``limit`` keywords a text."""
        self._extractor: Any = yake.KeywordExtractor(
            lan="en", n=LONGEST_PHRASE, dedup_lim=ALIKE, top=limit
        )
        # The extractor clears caches of its own while it works.
        self._one_at_a_time = threading.Lock()

    def find(self, text: str) -> list[tuple[str, float]]:
        """Return keywords with their weights, 0 to 1, most telling first."""
        with self._one_at_a_time:
            found: list[tuple[str, float]] = self._extractor.extract_keywords(text)
        # YAKE's scores are costs above 0: the smaller, the more telling.
        return [(word, 1 / (1 + 10 * max(0.0, float(cost)))) for word, cost in found]

    def stop_words(self) -> frozenset[str]:
        """Return the common words of English, lower case."""
        return frozenset(self._extractor.stopword_set)
