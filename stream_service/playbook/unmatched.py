"""Cues that can never match: whoever wrote them relies on them in vain."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, product

from stream_service.contracts.text import as_read
from stream_service.playbook.cues import Cues
from stream_service.playbook.folding import fold, fold_characters

_CHOICE = re.compile(r"\(([^()]*)\)")
_ENDED_WORD = re.compile(r"'(?:d|ll|m|re|s|t|ve)(?![a-z])", re.IGNORECASE)
_HAN = "\u2e80-\U0003ffff"
_ODD_SPACE = re.compile(rf"\s{{2,}}|[^\S ]|(?<=[{_HAN}])\s|\s(?=[{_HAN}])")

_MOST_COMBINATIONS = 500
"""Of the other choices, beside which one is tried; nearly always the first one is found."""


def never_matching(cues: Cues) -> Iterator[tuple[str, str]]:
    """Each cue that never finds something it stands for, with the first spelling of that."""
    for cue in cues.written:
        spelling = _never_found(cue)
        if spelling is not None:
            yield cue, spelling


def _never_found(cue: str) -> str | None:
    found = Cues([cue])
    pieces = [
        piece.split("|") if position % 2 else [piece]
        for position, piece in enumerate(_CHOICE.split(fold_characters(cue)))
        if not piece.startswith("^")
    ]
    for place, options in enumerate(pieces):
        for option in options:
            tried = [*pieces[:place], [option], *pieces[place + 1 :]]
            if all(found.first_in(fold(as_read(one))) is None for one in _spellings(tried)):
                return next(_spellings(tried))
    return None


def fix_of(cue: str) -> str:
    """How to mend a cue that never matches."""
    if "..." in cue.replace(" ... ", "") and re.search(rf"[{_HAN}]", cue) is None:
        return "write ... with a space and a word on either side"
    if _ODD_SPACE.search(cue):
        return "write one space between words, and none beside Chinese characters"
    if "(^" in cue:
        return "what it must not stand beside stands there; take that or the cue away"
    return "texts are compared otherwise (no entities, whole words); correct it or take it away"


def _spellings(pieces: Sequence[Sequence[str]]) -> Iterator[str]:
    for chosen in islice(product(*pieces), _MOST_COMBINATIONS):
        spelling = "".join(chosen)
        gap = "" if re.search(rf"[{_HAN}]", spelling) else " "
        spelling = spelling.replace(" ... ", " ").replace("...", gap).replace("*", "")
        # What ends a word follows one.
        yield f"we{spelling}" if _ENDED_WORD.match(spelling) else spelling
