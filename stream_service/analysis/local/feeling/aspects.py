"""Which aspects a clause speaks of."""

from typing import Any

from stream_service.analysis.local.resources import lexicon
from stream_service.analysis.local.words.word_patterns import word_pattern


class AspectFinder:
    """Finds aspects by cue words. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Read the lexicon."""
        content: dict[str, Any] = lexicon("aspects")
        self._patterns = {
            aspect: word_pattern(str(words["en"]), str(words["zh"]))
            for aspect, words in content.items()
        }

    def find(self, clause: str) -> list[str]:
        """Return the aspects that ``clause`` names, in the lexicon's order."""
        return [aspect for aspect, pattern in self._patterns.items() if pattern.search(clause)]
