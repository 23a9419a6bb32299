"""Cues that a vector shows only dimly: polarity of the words, trouble, the form of a question."""

import re
from typing import Any

import numpy as np

from stream_service.analysis.local.encoding.preparation import is_wide
from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.feeling.polarity import Polarity
from stream_service.analysis.local.resources import lexicon
from stream_service.analysis.local.words.word_patterns import word_pattern

_ENGLISH_QUESTION = re.compile(
    r"(?:^|[.!?,;:]\s*)(?:(?:hi|hello|hey|please|and|so|but)\W+)*"
    r"(?:how|what|what's|when|where|where's|which|who|whom|whose|why|can|could|do|does|did|is|are|"
    r"will|would|may|should|any)\b",
    re.IGNORECASE,
)
_CHINESE_QUESTION = re.compile(
    "请问|請問|吗|嗎|么[？?。]?$|怎么|怎麼|怎样|如何|什么|什麼|多少|多久|几|哪|能不能|可不可以|可否|"
    "是不是|有没有|有冇|是否|咨询|想问|想知道|想了解"
)

ENOUGH_TROUBLE = 3
"""Words of trouble from which more make no difference."""


class CueReader:
    """Reads the cues of a text. Thread-safe: it is only read."""

    def __init__(self, polarity: Polarity) -> None:
        """Read the lexicon of trouble."""
        words: dict[str, Any] = lexicon("trouble")
        self._polarity = polarity
        self._trouble = word_pattern(str(words["en"]), str(words["zh"]))

    def reports_trouble(self, prepared: str) -> bool:
        """Whether a word of trouble is in a prepared text."""
        return self._trouble.search(prepared) is not None

    def read(self, prepared: str) -> Vector:
        """Return the cues of a prepared text; weights depend on their order."""
        chinese = 4 * sum(map(is_wide, prepared)) > len(prepared)
        polarity = self._polarity.of(prepared, "zh" if chinese else "en")
        trouble = min(ENOUGH_TROUBLE, len(self._trouble.findall(prepared))) / ENOUGH_TROUBLE
        return np.array(
            [
                0.0 if chinese else polarity,
                polarity if chinese else 0.0,
                0.0 if chinese else trouble,
                trouble if chinese else 0.0,
                # Praise and trouble in one text: sarcasm, or a "but".
                trouble * max(0.0, polarity),
                "?" in prepared or "？" in prepared,
                not chinese and _ENGLISH_QUESTION.search(prepared) is not None,
                chinese and _CHINESE_QUESTION.search(prepared) is not None,
            ],
            dtype=np.float32,
        )
