"""Tokens as the simulator counts and cuts them: no real tokenizer's, yet of their size."""

import re
from functools import lru_cache

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_WIDE_CHARACTERS = re.compile(f"[{_WIDE}]+")
_TOKEN = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+|[^\w]+")
CHARACTERS_A_TOKEN = 4
"""Of text in Latin letters, as OpenAI's documentation estimates it."""


@lru_cache(maxsize=512)
def count_tokens(text: str) -> int:
    """One for each Chinese, Japanese or Korean character, and one for each four others; 1 at least.

    An estimate by size; what it is good for is comparing prompts with each other.
    """
    wide = sum(map(len, _WIDE_CHARACTERS.findall(text)))
    return max(1, wide + (len(text) - wide) // CHARACTERS_A_TOKEN)


def cut_to_tokens(text: str, tokens: int) -> str:
    """The longest beginning of a text that counts as ``tokens`` at most."""
    if count_tokens(text) <= tokens:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(text[:middle]) <= tokens:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def split_tokens(text: str) -> list[str]:
    """Cut an answer into words, runs of punctuation, and single wide characters."""
    return _TOKEN.findall(text)
