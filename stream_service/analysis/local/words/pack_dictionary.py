"""Packs jieba's dictionary: ``python -m stream_service.analysis.local.words.pack_dictionary``.

To be run when another jieba comes in; a test tells when the two differ.
"""

import sys
from importlib.resources import as_file, files
from typing import Any, cast

import marisa_trie
import numpy as np

from stream_service.analysis.local.resources import PACKAGE
from stream_service.analysis.local.words.chinese_dictionary import (
    FREQUENCIES_FILE,
    LONGEST,
    WORDS_FILE,
)
from stream_service.analysis.local.words.jieba_tokenizer import words_of_jieba


def main() -> int:
    """Write the packed words and their frequencies into the package's own folder."""
    frequencies, total = words_of_jieba()
    if max(map(len, frequencies)) > LONGEST:
        sys.exit(f"a word is longer than {LONGEST} characters: raise LONGEST")
    # One trie and labels in their order: a fifth larger than the smallest, and quicker to search.
    packing: Any = cast(Any, marisa_trie)  # it ships no types
    words = packing.Trie(frequencies, num_tries=1, order=packing.LABEL_ORDER)
    by_number = np.zeros(len(words), np.uint32)
    for word, frequency in frequencies.items():
        by_number[words[word]] = frequency
    with as_file(files(PACKAGE).joinpath("dictionaries")) as folder:
        words.save(str(folder / WORDS_FILE))
        np.savez_compressed(folder / FREQUENCIES_FILE, frequencies=by_number, total=total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
