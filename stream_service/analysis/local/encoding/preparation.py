"""Preparing a text for the encoder: markup and addresses go, length is bounded."""

import html
import re
import unicodedata

LENGTH_BUDGET = 240.0
"""Upper bound of a prepared text, in ideographs; about 200 tokens of the sentence encoder, which
takes 1.8 ms of one core for each (its cost grows faster than the length beyond that)."""

LETTER_COST = 0.35
"""What a character outside the ideographic scripts costs: three of them make about one token."""

HEAD_SHARE = 0.6
"""Share of the budget that goes to the beginning; the rest is the end, where verdicts stand."""

RAW_LIMIT = 8_000
"""Characters looked at from each end before the finer steps, so that their cost is bounded."""

_MARKUP = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.{0,4000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
# ASCII alone: Chinese is written without spaces, and what touches an address is the complaint.
_ADDRESS = re.compile(
    # The part before the @ begins a word and is bounded: else a long word costs its square.
    r"(?:https?://|www\.)[!-~]*|(?<![a-z0-9_.+-])[a-z0-9_.+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\+?\d(?:[ -]?\d){6,}")
"""Cards, telephones, orders: they say nothing about the matter, and fill the vector with it."""
_HANDLE = re.compile(r"(?<![a-z0-9_.])@[a-z0-9_]+", re.IGNORECASE)
_HASH = re.compile(r"#(?=\w)")
_REPEATED = re.compile(r"([^\d\s])\1{2,}")
_UNBROKEN = re.compile(r"[!-~]{41,}")
_SPACE = re.compile(r"\s+")

UNBROKEN_KEPT = 20
"""Characters kept of an over-long run without spaces: no word of a person is that long."""


def is_wide(character: str) -> bool:
    """Whether ``character`` belongs to a script without spaces."""
    return "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7ff"


def prepare(text: str) -> str:
    """Return what of ``text`` is worth reading: one line, no markup, head and tail when long.

    Handles (``@name``), addresses and tags are dropped, since they say nothing about the matter;
    a text that holds nothing else is kept as it is.
    """
    if len(text) > 2 * RAW_LIMIT:
        text = (
            f"{_SPACE.sub(' ', text[: 4 * RAW_LIMIT])[:RAW_LIMIT]} "
            + (_SPACE.sub(" ", text[-4 * RAW_LIMIT :])[-RAW_LIMIT:])
        )
    # Lone surrogates and nulls go: neither can be handed to a native library.
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    readable = _MARKUP.sub(" ", _SCRIPT.sub(" ", html.unescape(text)))
    readable = unicodedata.normalize("NFKC", readable)
    readable = _LONG_NUMBER.sub(" ", _HANDLE.sub(" ", _ADDRESS.sub(" ", readable)))
    readable = _REPEATED.sub(_repeated, _HASH.sub("", readable))
    readable = _UNBROKEN.sub(lambda match: match.group()[:UNBROKEN_KEPT], readable)
    readable = _SPACE.sub(" ", readable).strip()
    return shorten(readable or _SPACE.sub(" ", text).strip(), LENGTH_BUDGET)


def _repeated(match: re.Match[str]) -> str:
    """A stretched word is the word ("nooo" is "no"); stretched punctuation is an emphasis."""
    character = match.group(1)
    return character if character.isascii() and character.isalpha() else character * 3


def shorten(text: str, budget: float) -> str:
    """Return head and tail of ``text`` within ``budget`` ideographs; short texts as they are."""
    if len(text) <= budget or _cost(text) <= budget:
        return text
    head = _take(text, budget * HEAD_SHARE)
    tail = _take(text[::-1], budget * (1 - HEAD_SHARE))[::-1]
    return f"{head} … {tail}"


def head_and_tail(text: str, characters: int) -> str:
    """Return the beginning and the end of ``text``, ``characters`` in all, at least one."""
    head = max(1, int(characters * HEAD_SHARE))
    tail = max(0, characters - head)
    return text if len(text) <= characters else text[:head] + text[len(text) - tail :]


def _cost(text: str) -> float:
    return sum(map(_character_cost, text))


def _take(text: str, budget: float) -> str:
    spent = 0.0
    for index, character in enumerate(text):
        spent += _character_cost(character)
        if spent > budget:
            return text[:index]
    return text


def _character_cost(character: str) -> float:
    # Beyond the basic plane stand rare ideographs and emoji, at least one token each.
    return 1.0 if is_wide(character) or character >= "\U00010000" else LETTER_COST
