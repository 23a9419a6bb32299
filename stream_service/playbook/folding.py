"""One spelling for many: what cues are compared in."""

import re
import unicodedata

from stream_service.playbook.traditional import SIMPLIFIED

_PLAIN = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "—": "-", "–": "-", "‐": "-"}
"""Typographic marks that phones put in by themselves."""

_UNSEEN = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)), "")
"""What stands between letters and is not seen: hyphens and joiners of no width, marks of direction,
selectors of a look. Cleaning keeps some of them, for emoji and for Persian; no cue needs them."""

_FOLDED = str.maketrans(_PLAIN) | _UNSEEN | SIMPLIFIED

_SPACE_IN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
"""Chinese is written without spaces: a mail that is wrapped hard, or a writer who hides a word, has
them inside of words."""


def fold(text: str) -> str:
    """Return ``text`` without the differences of width, case, quotation marks and white space, in
    simplified characters."""
    return _SPACE_IN_HAN.sub("", " ".join(fold_characters(text).split()))


def fold_lines(text: str) -> str:
    """The same line by line: where a line ends, a sentence does."""
    return "\n".join(folded for line in text.splitlines() if (folded := fold(line)))


def fold_characters(text: str) -> str:
    """The same, but with the white space as it is."""
    return unicodedata.normalize("NFKC", text).translate(_FOLDED).casefold()
