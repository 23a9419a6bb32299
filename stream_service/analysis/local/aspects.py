"""Which aspects a clause speaks of."""

import re
from typing import Any

from stream_service.analysis.local.resources import lexicon


class AspectFinder:
    """Finds aspects by cue words. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Read the lexicon."""
        content: dict[str, Any] = lexicon("aspects")
        self._patterns = {
            aspect: _pattern(str(words["en"]).split(), str(words["zh"]).split())
            for aspect, words in content.items()
        }

    def find(self, clause: str) -> list[str]:
        """Return the aspects that ``clause`` names, in the lexicon's order."""
        return [aspect for aspect, pattern in self._patterns.items() if pattern.search(clause)]


def _pattern(english: list[str], chinese: list[str]) -> re.Pattern[str]:
    words = [
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        for word in english
    ]
    return re.compile(rf"\b(?:{'|'.join(words)})\b|{'|'.join(map(re.escape, chinese))}", re.I)
