"""jieba's way to split Chinese into words, by the packed dictionary."""

import functools
import logging
import sys
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from stream_service.analysis.local.words.chinese_dictionary import ChineseDictionary


@contextmanager
def _quietly() -> Generator[None]:
    # jieba writes regular expressions without raw strings, and leaves a file open while it is
    # imported; neither is in our hands.
    with warnings.catch_warnings():
        for category in (DeprecationWarning, SyntaxWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        # It opens its own files by pkg_resources where that is installed, which takes 5 MB and 130
        # ms to import, and by their paths where it is not: None in its place says that it is not.
        hidden = "pkg_resources" not in sys.modules
        if hidden:
            sys.modules["pkg_resources"] = None  # pyright: ignore[reportArgumentType]
        try:
            yield
        finally:
            if hidden:
                del sys.modules["pkg_resources"]


with _quietly():
    import jieba


class JiebaTokenizer(jieba.Tokenizer):
    """Splits as jieba does. Thread-safe: it is only read."""

    def __init__(self) -> None:
        """Map the dictionary. Raises FileNotFoundError, OSError."""
        cast(Any, super()).__init__()  # jieba ships no types
        self.dictionary_of_words = ChineseDictionary()
        self.FREQ = self.dictionary_of_words
        self.total = self.dictionary_of_words.total
        # Its own set-up would read a marshalled cache from the shared temporary folder, where
        # anybody may have put it, and write one there.
        self.initialized = True

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:  # noqa: N802 - jieba's name
        """For each place of ``sentence`` where the words that begin there may end."""
        words_at = self.dictionary_of_words.words_at
        return {
            begin: [begin + len(word) - 1 for word in words_at(sentence, begin)] or [begin]
            for begin in range(len(sentence))
        }


@functools.cache
def private_tokenizer() -> JiebaTokenizer:
    """The process's own tokenizer."""
    # jieba logs at debug level to standard error by a handler of its own.
    logging.getLogger("jieba").setLevel(logging.WARNING)
    return JiebaTokenizer()


def words_of_jieba() -> tuple[Mapping[str, int], int]:
    """The words of the installed jieba with their frequencies, and their total: about a second."""
    tokenizer: Any = jieba.Tokenizer()
    frequencies, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    # With 0 it holds the beginnings of words.
    return {word: frequency for word, frequency in frequencies.items() if frequency}, total
