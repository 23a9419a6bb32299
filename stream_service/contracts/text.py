"""Cleaning of text that came from outside: what no reader sees and no model should obey goes."""

import html
import re
import unicodedata

MAX_TEXT_CHARACTERS = 50_000
"""Far above any message that a person types, far below the size of a record."""

_REMOVED = re.compile(
    "["
    "\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"  # controls, but tab, newline, return
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"  # invisible fillers
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidi marks and overrides
    "\u3164\ufeff\uffa0\ufff0-\ufffb"  # Hangul fillers, byte order mark, annotations
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # musical controls, tags, variation supplement
    "\ud800-\udfff"  # lone surrogates: not encodable as UTF-8
    "]"
)
"""Kept although invisible: U+200C and U+200D (they shape Persian and join emoji), U+FE00 to U+FE0F
(they choose an emoji's look). Sources: Unicode TR36 (bidi), TR39 (default ignorable characters)."""

_ESCAPED_TIMES = 3
"""An entity that passed through one system more is escaped once more; none passes through many."""

_SHAPING = frozenset("\u200c\u200d" + "".join(map(chr, range(0xFE00, 0xFE10))))

_UNSEEN = re.compile(
    _REMOVED.pattern.removesuffix("]")
    + r"\s\u200c\u200d\ufe00-\ufe0f"
    + "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"  # signs that enclose what follows
    + "\U000110bd\U000110cd\U00013430-\U00013438\U0001bca0-\U0001bca3"
    + "]*"
)
"""A run of what nobody sees, skipped at once: a character at a time a megabyte takes a tenth of a
second. What newer versions of Unicode add is seen for what it is, more slowly."""


def clean_text(text: str) -> str:
    """Return ``text`` without invisible characters, with plain newlines, stripped at both ends.

    The result is empty when nothing visible was in it.
    """
    cleaned = _REMOVED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return cleaned if has_visible(cleaned) else ""


def as_read(text: str) -> str:
    """Return ``text`` as its reader sees it: clean, HTML entities as what they spell.

    Whoever reads it, an analyst or a rule, reads it so: nothing is hidden from one alone.
    """
    for _ in range(_ESCAPED_TIMES):
        if "&" not in text:
            break
        text = html.unescape(text)
    # Entities can spell the invisible characters that cleaning took away before.
    return clean_text(text)


def has_visible(text: str) -> bool:
    """Whether a person sees anything of ``text``."""
    position = 0
    while (unseen := _UNSEEN.match(text, position)) and (position := unseen.end()) < len(text):
        if is_visible(text[position]):
            return True
        position += 1
    return False


def is_visible(character: str) -> bool:
    """Whether a person sees ``character``: neither white space nor anything that cleaning removes
    or that only shapes its neighbours."""
    if _REMOVED.match(character):
        return False
    # Letters and digits at once: nearly every text begins with one.
    return character.isalnum() or (
        not character.isspace()
        and character not in _SHAPING
        and (unicodedata.category(character) not in {"Cf", "Cc", "Cs", "Zs", "Zl", "Zp"})
    )
