"""Cues that a vector shows only dimly: polarity of the words, and the form of a question."""

import re

import numpy as np

from stream_service.analysis.local.polarity import Polarity
from stream_service.analysis.local.preparation import is_wide
from stream_service.analysis.local.vectors import Vector

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

CUES = ("english_polarity", "chinese_polarity", "question_mark", "english_form", "chinese_form")


def read_cues(prepared: str, polarity: Polarity) -> Vector:
    """Return the cues of a prepared text, in the order of ``CUES``."""
    chinese = 4 * sum(map(is_wide, prepared)) > len(prepared)
    return np.array(
        [
            0.0 if chinese else polarity.english.polarity(prepared),
            polarity.chinese.polarity(prepared) if chinese else 0.0,
            "?" in prepared or "？" in prepared,
            not chinese and _ENGLISH_QUESTION.search(prepared) is not None,
            chinese and _CHINESE_QUESTION.search(prepared) is not None,
        ],
        dtype=np.float32,
    )
