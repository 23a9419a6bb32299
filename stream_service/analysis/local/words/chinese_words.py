"""The words of Chinese texts, by jieba's dictionary."""

from collections.abc import Sequence
from typing import Any, cast

from stream_service.analysis.local.words.jieba_tokenizer import private_tokenizer


class ChineseWords:
    """Splits Chinese into words. Thread-safe."""

    def __init__(self) -> None:
        self._tokenizer: Any = private_tokenizer()

    def split(self, text: str) -> Sequence[str]:
        """The words of ``text`` in their order, without punctuation."""
        words = cast(list[str], self._tokenizer.lcut(text))
        return [word for word in words if word[0].isalnum()]
