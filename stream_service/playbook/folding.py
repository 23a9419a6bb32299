"""One spelling for many: what cues are compared in."""

import unicodedata

_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "—": "-", "–": "-"})
"""Typographic marks that phones put in by themselves."""


def fold(text: str) -> str:
    """Return ``text`` without the differences of width, case, quotation marks and white space."""
    return " ".join(fold_characters(text).split())


def fold_characters(text: str) -> str:
    """The same, but with the white space as it is."""
    return unicodedata.normalize("NFKC", text).translate(_PLAIN).casefold()
