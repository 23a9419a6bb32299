"""The words that carry a text."""

from stream_service.analysis.analyst import Judged
from stream_service.analysis.local.words.jieba_keywords import JiebaKeywords
from stream_service.analysis.local.words.yake_keywords import YakeKeywords
from stream_service.contracts.analysis import Keyword

LIMIT = 8
"""Keywords of a text at most."""

LONGEST = 40
"""Characters of a keyword at most; what is longer is no word."""


class KeywordReader:
    """Finds keywords in English and Chinese. Thread-safe."""

    def __init__(self) -> None:
        """Load both extractors."""
        self.english = YakeKeywords(LIMIT)
        self.chinese = JiebaKeywords(LIMIT, self.english.stop_words())

    def read(self, prepared: str, language: str) -> Judged[tuple[Keyword, ...]]:
        """Return the keywords of a prepared text, most telling first, weights up to 1.

        Other languages than Chinese are read as English is: by place and frequency.
        """
        extractor = self.chinese if language == "zh" else self.english
        found = [(word, weight) for word, weight in extractor.find(prepared) if weight > 0]
        kept: list[tuple[str, float]] = []
        for word, weight in sorted(found, key=lambda pair: -pair[1]):
            if len(word) <= LONGEST and not any(_covers(other, word) for other, _ in kept):
                kept.append((word, weight))
        kept = kept[:LIMIT]
        top = kept[0][1] if kept else 1.0
        # How sure a keyword is nobody measured; None says so.
        return Judged(
            value=tuple(Keyword(text=word, weight=round(weight / top, 3)) for word, weight in kept)
        )


def _covers(one: str, other: str) -> bool:
    first, second = one.casefold(), other.casefold()
    return first in second or second in first
