"""jieba's keywords of Chinese texts, behind a typed surface."""

import copy
import functools
import logging
import warnings
from typing import Any, cast

from stream_service.analysis.local.resources import lexicon

with warnings.catch_warnings():
    # jieba writes regular expressions without raw strings, leaves a file open while it is
    # imported, and may import pkg_resources; none of it is in our hands.
    for _category in (DeprecationWarning, SyntaxWarning, ResourceWarning, UserWarning):
        warnings.simplefilter("ignore", _category)
    import jieba
    from jieba.analyse import default_tfidf


class JiebaKeywords:
    """Chinese keywords by frequency against a background corpus. Thread-safe once constructed."""

    def __init__(self, limit: int) -> None:
        """At most ``limit`` keywords a text. Builds the dictionary, about a second."""
        self._limit = limit
        tokenizer = private_tokenizer()
        # A copy: a new one would read the table of frequencies again, the original is everybody's.
        self._extractor: Any = copy.copy(cast("Any", default_tfidf))
        self._extractor.tokenizer = tokenizer
        self._extractor.stop_words = set(self._extractor.stop_words) | _stop_words()

    def find(self, text: str) -> list[tuple[str, float]]:
        """Return keywords with their weights, most telling first."""
        found: list[tuple[str, float]] = self._extractor.extract_tags(
            text, topK=self._limit * 2, withWeight=True
        )
        return [(word, float(weight)) for word, weight in found if any(map(str.isalpha, word))]


@functools.cache
def private_tokenizer() -> Any:
    """The process's own tokenizer, with its dictionary read: about a second, once."""
    # jieba logs at debug level to standard error by a handler of its own.
    logging.getLogger("jieba").setLevel(logging.WARNING)
    tokenizer: Any = jieba.Tokenizer()
    # Its own set-up would read a marshalled cache from the shared temporary folder, where
    # anybody may have put it, and write one there.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def _stop_words() -> set[str]:
    return set(str(lexicon("stop_words_zh")["words"]).split())
