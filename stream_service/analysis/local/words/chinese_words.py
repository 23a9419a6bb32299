"""The words of Chinese texts, by jieba's dictionary."""

import re
from collections.abc import Sequence
from typing import Any, cast

from stream_service.analysis.local.words.jieba_tokenizer import private_tokenizer

_UNBROKEN = re.compile(r"[^\s。！？，；、：!?,;:]{1,200}|[\s。！？，；、：!?,;:]+")
"""Where a sentence breaks no word goes on. jieba guesses at a run of characters that form no words
in time that grows with its square: at 50,000 times 的 for 6.5 seconds, in pieces for 0.3."""


class ChineseWords:
    """Splits Chinese into words. Thread-safe."""

    def __init__(self) -> None:
        self._tokenizer: Any = private_tokenizer()

    def split(self, text: str) -> Sequence[str]:
        """The words of ``text`` in their order, without punctuation."""
        return [
            word
            for piece in _UNBROKEN.findall(text)
            for word in cast(list[str], self._tokenizer.lcut(piece))
            if word[0].isalnum()
        ]
