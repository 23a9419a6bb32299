"""The words of jieba's dictionary with their frequencies, packed.

As Python objects the 350,000 words and the beginnings of words take 54 MB and 0.9 seconds of a core
at each start; packed they are a file of 1.5 MB that is mapped into memory, once for all workers of
a machine, and 1.4 MB of frequencies.
``python -m stream_service.analysis.local.words.pack_dictionary`` writes both, from the dictionary
of the jieba that is installed (MIT licence).
"""

from array import array
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from typing import Any, cast

import marisa_trie
import numpy as np

from stream_service.analysis.local.resources import PACKAGE

WORDS_FILE, FREQUENCIES_FILE = "chinese_words.marisa", "chinese_frequencies.npz"

LONGEST = 16
"""Characters of the longest word."""


class ChineseDictionary(Mapping[str, int]):
    """How often each word occurs. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Map the packed words, 10 ms. Raises FileNotFoundError, OSError where they are damaged."""
        self._words: Any = cast(Any, marisa_trie).Trie()  # it ships no types
        folder = files(PACKAGE).joinpath("dictionaries")
        with as_file(folder.joinpath(WORDS_FILE)) as path:
            self._words.mmap(str(path))
        with (
            as_file(folder.joinpath(FREQUENCIES_FILE)) as path,
            np.load(path, allow_pickle=False) as stored,
        ):
            # An array gives out plain integers, five times quicker than numpy does one by one.
            self._frequencies: array[int] = array("I", stored["frequencies"].tobytes())
            self.total = int(stored["total"])
            """Occurrences of all words together."""

    def words_at(self, text: str, begin: int) -> list[str]:
        """The words that ``text`` may hold from ``begin`` on, the shortest first."""
        found: list[str] = self._words.prefixes(text[begin : begin + LONGEST])
        return found

    def __getitem__(self, word: str) -> int:
        """Raises KeyError where there is no such word."""
        number: int = self._words[word]
        return self._frequencies[number]

    def __contains__(self, word: object) -> bool:
        return bool(word in self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)
