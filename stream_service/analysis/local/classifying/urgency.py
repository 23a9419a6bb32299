"""How soon somebody should act, by words of danger and of haste."""

import re
from typing import Any

from stream_service.analysis.local.resources import lexicon
from stream_service.contracts.analysis import Urgency


class UrgencyReader:
    """Tells urgency. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Read the lexicon."""
        content: dict[str, Any] = lexicon("urgency")
        self._patterns = {
            urgency: _pattern(content[urgency.value]["en"], content[urgency.value]["zh"])
            for urgency in (Urgency.CRITICAL, Urgency.HIGH)
        }

    def read(self, text: str) -> Urgency:
        """Return the highest urgency that a word of ``text`` stands for, else normal."""
        return next(
            (urgency for urgency, pattern in self._patterns.items() if pattern.search(text)),
            Urgency.NORMAL,
        )


def _pattern(english: list[str], chinese: list[str]) -> re.Pattern[str]:
    words = "|".join(map(_word, english))
    return re.compile(rf"\b(?:{words})|{'|'.join(map(re.escape, chinese))}", re.I)


def _word(cue: str) -> str:
    """A whole word or phrase, unless it ends with a star: "hospital" is not in "hospitality"."""
    beginning = cue.removesuffix("*")
    return re.escape(beginning) if beginning != cue else re.escape(cue) + r"\b"
