"""How good or bad the words of a text are."""

import re

from stream_service.analysis.local.feeling.chinese_polarity import ChinesePolarity
from stream_service.analysis.local.feeling.vader import Vader

_CLAUSE = re.compile(
    r"[.!?;,。！？；，、…\n]+|\s-+\s|\b(?:but|however|although|though|yet)\b|但是|但|不过|可是|然而|就是"
)


class Polarity:
    """Polarity of English and Chinese text. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Read both lexicons, some 60 ms."""
        self.english = Vader()
        self.chinese = ChinesePolarity()

    def of(self, text: str, language: str) -> float:
        """Return the polarity of ``text``, -1 to 1; 0 for languages without a lexicon."""
        if language == "zh":
            return self.chinese.polarity(text)
        if language == "en":
            return self.english.polarity(text)
        return 0.0


def clauses(text: str) -> list[str]:
    """Split ``text`` at its punctuation and at words such as "but"."""
    return [part.strip() for part in _CLAUSE.split(text) if part.strip()]
