"""Words of a text."""

import re
from collections.abc import Sequence
from typing import Protocol

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’\-][^\W_{_CJK}]+)*")


class WordSplitter(Protocol):
    """Finds the words of a text; a dictionary (jieba) does it better for Chinese."""

    def __call__(self, text: str, language: str) -> Sequence[str]:
        """The words of ``text`` in their order, without punctuation."""
        ...


def split_words(text: str, language: str) -> Sequence[str]:
    """Split without a dictionary: at spaces and punctuation; a CJK character is one word.

    So Chinese counts characters rather than words, about 1.6 times too many.
    """
    return _WORD.findall(text)
