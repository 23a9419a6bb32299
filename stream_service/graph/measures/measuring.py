"""All counts of one text."""

import re
from collections import Counter
from collections.abc import Sequence

from stream_service.contracts.analysis import TextMeasures
from stream_service.graph.measures.stop_words import STOP_WORDS
from stream_service.graph.measures.words import WordSplitter

MEASURED_CHARACTERS = 20_000
"""Frequent words and readability of a longer text are those of its beginning."""

FREQUENT_WORDS = 5
_LEAST_OCCURRENCES = 2
"""A word that stands there once is not frequent."""

_SHORTEST_WORD = {"zh": 2}
"""A single Chinese character is mostly a piece of a word."""

_SHORTEST_LATIN_WORD = 3

_SENTENCE_END = re.compile(r"[。！？!?…]+|\.+(?=\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")
_ABBREVIATION = re.compile(r"\b(?:mr|mrs|ms|dr|st|vs|e\.g|i\.e|etc|no|approx)\.$", re.IGNORECASE)


def measure_text(text: str, language: str, split_words: WordSplitter) -> TextMeasures:
    """Measure ``text``, which is in ``language`` (ISO 639-1)."""
    words = split_words(text, language)
    sentences = count_sentences(text)
    return TextMeasures(
        characters=len(text),
        words=len(words),
        sentences=sentences,
        readability=flesch_reading_ease(text, split_words) if language == "en" else None,
        frequent_words=frequent_words(words, language),
    )


def count_sentences(text: str) -> int:
    """Sentences by the punctuation of English and Chinese; a text without any is one."""
    count = 0
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text, max(start, match.end() - 8), match.end()):
            continue
        count += _says_something(text[start : match.start()])
        start = match.end()
    return count + _says_something(text[start:])


def flesch_reading_ease(text: str, split_words: WordSplitter) -> float | None:
    """Flesch's reading ease of English (about 0 to 100, higher is easier), or None without words.

    206.835 - 1.015 words per sentence - 84.6 syllables per word (Flesch, 1948).
    """
    beginning = text[:MEASURED_CHARACTERS]
    words = split_words(beginning, "en")
    if not words:
        return None
    syllables = sum(count_syllables(word) for word in words)
    sentences = count_sentences(beginning) or 1
    ease = 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)
    return round(ease, 1)


def count_syllables(word: str) -> int:
    """Syllables of an English word by its groups of vowels; a silent final e does not count."""
    lower = word.lower()
    groups = len(_VOWELS.findall(lower))
    if lower.endswith("e") and not lower.endswith(("le", "ee", "ye")) and groups > 1:
        groups -= 1
    return max(groups, 1)


def frequent_words(words: Sequence[str], language: str) -> tuple[str, ...]:
    """The words that stand there most often, stop words aside; first come first where equal."""
    stop_words = STOP_WORDS.get(language)
    if stop_words is None:
        return ()
    shortest = _SHORTEST_WORD.get(language, _SHORTEST_LATIN_WORD)
    bounded = words[:MEASURED_CHARACTERS]  # a word has at least one character
    counts = Counter(
        lower
        for word in bounded
        if len(word) >= shortest
        and not word.isdigit()
        and (lower := word.lower()) not in stop_words
    )
    return tuple(
        word for word, count in counts.most_common(FREQUENT_WORDS) if count >= _LEAST_OCCURRENCES
    )


def _says_something(sentence: str) -> bool:
    return any(character.isalnum() for character in sentence)
