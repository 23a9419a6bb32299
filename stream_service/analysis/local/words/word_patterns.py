"""Patterns that find the words of a lexicon in a text."""

import re


def word_pattern(english: str, chinese: str) -> re.Pattern[str]:
    """Return a pattern for words separated by spaces.

    English words match whole, by their beginning where a star ends them; Chinese ones anywhere.
    """
    words = [
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        for word in english.split()
    ]
    return re.compile(
        rf"\b(?:{'|'.join(words)})\b|{'|'.join(map(re.escape, chinese.split()))}", re.IGNORECASE
    )
