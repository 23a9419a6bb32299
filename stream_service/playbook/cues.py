"""Cues: words and phrases that give something away, in any language."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from stream_service.playbook.folding import fold_characters

_CHOICE = re.compile(r"\(([^()]*)\)")
_CJK = re.compile(r"[\u2e80-\U0003ffff]")

_LETTER = r"[a-z0-9\xe0-\xff]"
"""What continues a word. Chinese words touch, so its characters do not; larger sets than the first
256 characters take ``re`` milliseconds to compile, once a cue."""


class Cues:
    """A set of cues, ready to be looked for.

    Cues in an alphabet match whole words; a ``*`` leaves the ending of a word open (``lawyer*``).
    Cues in Chinese match anywhere. ``(speak|talk) to (a |)person`` stands for all its spellings.
    """

    __slots__ = ("_anchored",)

    def __init__(self, cues: Iterable[str]) -> None:
        """Raise ValueError, which names the cue, when a cue could match anything or nothing."""
        # Of a cue's anchors one must stand in the text: a plain search rules out most of them.
        self._anchored = tuple((anchor, cue) for cue in map(_Cue, cues) for anchor in cue.anchors)

    def __bool__(self) -> bool:
        """Whether there is any cue."""
        return bool(self._anchored)

    def first_in(self, folded: str) -> str | None:
        """The first cue's match in ``folded`` text (see ``fold``), or None."""
        return next((match[0] for match in self._matches(folded)), None)

    def all_in(self, folded: str) -> frozenset[str]:
        """What the cues match in ``folded`` text."""
        return frozenset(match[0] for match in self._matches(folded))

    def _matches(self, folded: str) -> Iterator[re.Match[str]]:
        near = [cue for anchor, cue in self._anchored if anchor in folded]
        for cue in dict.fromkeys(near):
            yield from cue.pattern.finditer(folded)


class _Cue:
    """One cue."""

    def __init__(self, cue: str) -> None:
        """Raise ValueError, as ``Cues`` does."""
        self._folded = fold_characters(cue).strip()
        self._pieces = [
            tuple(piece.split("|")) if position % 2 else (piece,)
            for position, piece in enumerate(_CHOICE.split(self._folded))
        ]
        if any(mark in _CHOICE.sub("", self._folded) for mark in "()|"):
            raise ValueError(f"the cue {cue!r} has an open bracket; write (one|or|more) choices")
        anchors = max(
            (
                tuple(option.strip().removesuffix("*") for option in options)
                for options in self._pieces
            ),
            key=lambda options: min(map(len, options)),
        )
        if not all(anchors):
            raise ValueError(f"the cue {cue!r} would match anything; give it at least a word")
        self.anchors = frozenset(anchors)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What it matches.

        Compiled, 0.15 ms, for the first text that may hold the cue: most of a playbook's 600 are
        never met, and all of them took a start 0.1 seconds. Escaped as it is, it always compiles.
        """
        body = "".join(f"(?:{'|'.join(map(_escape, options))})" for options in self._pieces)
        if not _CJK.search(self._folded):
            body = f"(?<!{_LETTER}){body}"
            if self._folded[-1].isalnum() or self._folded[-1] in ")*":
                body += f"(?!{_LETTER})"
        return re.compile(body)


def _escape(option: str) -> str:
    return rf"{_LETTER}*".join(map(re.escape, option.split("*")))
