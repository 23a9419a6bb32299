"""Chinese polarity by our own word lists, with negation, strength and turned phrases."""

import math
import re
from typing import Any

from stream_service.analysis.local.resources import lexicon

STRENGTHS = {"very_good": 2.0, "good": 1.0, "bad": -1.0, "very_bad": -2.0}

BOOST = 1.3
"""Factor for a word after 很, 非常 …"""

NEGATED = -0.8
"""Factor for a word after 不, 没 …: 不新鲜 says a little less than 变质."""

NEGATION_REACH = 2
"""Characters that may stand between a negator and its word: 没有那么好."""

SATURATION = 2.0
"""Sum of strengths at which the polarity reaches 0.7; two plain words say it clearly."""


class ChinesePolarity:
    """Chinese polarity. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Read the lexicon, a few milliseconds."""
        content: dict[str, Any] = lexicon("polarity_zh")
        self._values: dict[str, float] = {}
        for group, strength in STRENGTHS.items():
            for word in str(content["words"][group]).split():
                self._values[word] = strength
        for word in str(content["phrases"]["praise"]).split():
            self._values[word] = 1.0
        for word in str(content["phrases"]["blame"]).split():
            self._values[word] = -1.0
        for word in str(content["phrases"]["neutral"]).split():
            self._values[word] = 0.0
        self._words = _alternatives(list(self._values))
        self._negators = tuple(str(content["negators"]).split())
        self._boosters = tuple(str(content["boosters"]).split())
        self._phrases = frozenset(
            f"{content['phrases']['praise']} {content['phrases']['blame']}".split()
        )

    def polarity(self, text: str) -> float:
        """Return the polarity of ``text``, -1 to 1; 0 where no word of the lists is in it."""
        total = 0.0
        end = 0
        for match in self._words.finditer(text):
            word = match.group()
            before = text[max(end, match.start() - NEGATION_REACH - 2) : match.start()]
            value = self._values[word]
            if word not in self._phrases and self._is_negated(before):
                value *= NEGATED
            elif before.endswith(self._boosters):
                value *= BOOST
            total += value
            end = match.end()
        return total / math.sqrt(total * total + SATURATION * SATURATION)

    def _is_negated(self, before: str) -> bool:
        return any(
            before.endswith(negator) or negator in before[-NEGATION_REACH - 1 :]
            for negator in self._negators
        )


def _alternatives(words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
