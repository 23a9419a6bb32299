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

_GAP = "..."
_GAP_OF_WORDS = r"(?:'?s)?,? (?:[^\s.!?;]{1,30} ){0,4}"
_GAP_OF_CHARACTERS = r"[^\s.!?;,。]{0,10}"
"""What may stand in between, within one sentence: "the driver, they say, hit me", 孩子把电池给吞了.
More would tie together what does not belong together."""

_UNLESS = "^"
_OPEN = re.compile(r"\*|\.\.\.")

_INNER_STAR = _LETTER + "{0,40}"
"""Longer than any word goes on: two open ones in one cue would try each end of the first with each
of the second, on a run of 50,000 letters for minutes."""


class Cues:
    """A set of cues, ready to be looked for.

    Cues in an alphabet match whole words; a ``*`` leaves the ending of a word open (``lawyer*``).
    Cues in Chinese match anywhere. ``(speak|talk) to (a |)person`` stands for all its spellings,
    ``he ... hit me`` allows four words in between (of Chinese ten characters), and ``fire(^ pit)``
    is no fire before "pit"; at the start of a cue such a choice is what must not stand before it.
    """

    __slots__ = ("_cues", "_positions", "written")

    def __init__(self, cues: Iterable[str]) -> None:
        """Raise ValueError, which names the cue, when a cue could match anything or nothing."""
        self.written = tuple(cues)
        """As their owner wrote them."""
        # Of a cue's anchors one must stand in the text: a plain search rules out most of them.
        self._cues = tuple(map(_Cue, self.written))
        self._positions: dict[str, list[int]] = {}
        for position, cue in enumerate(self._cues):
            for anchor in cue.anchors:
                self._positions.setdefault(anchor, []).append(position)

    def __bool__(self) -> bool:
        """Whether there is any cue."""
        return bool(self._cues)

    def first_in(self, folded: str) -> str | None:
        """The first cue's match in ``folded`` text (see ``fold``), or None."""
        return next((match[0] for match in self._matches(folded)), None)

    def all_in(self, folded: str) -> frozenset[str]:
        """What the cues match in ``folded`` text."""
        return frozenset(match[0] for match in self._matches(folded))

    def _matches(self, folded: str) -> Iterator[re.Match[str]]:
        near = {
            position
            for anchor, positions in self._positions.items()
            if anchor in folded
            for position in positions
        }
        for position in sorted(near):
            yield from self._cues[position].pattern.finditer(folded)


class _Cue:
    """One cue."""

    def __init__(self, cue: str) -> None:
        """Raise ValueError, as ``Cues`` does."""
        self._folded = fold_characters(cue).strip()
        self._is_chinese = _CJK.search(self._folded) is not None
        self._pieces = [
            tuple(piece.split("|")) if position % 2 else (piece,)
            for position, piece in enumerate(_CHOICE.split(self._folded))
        ]
        if any(mark in _CHOICE.sub("", self._folded) for mark in "()|"):
            raise ValueError(f"the cue {cue!r} has an open bracket; write (one|or|more) choices")
        if any(
            options[0].startswith(_UNLESS) and not all((*options[1:], options[0][1:]))
            for options in self._pieces
        ):
            raise ValueError(f"the cue {cue!r} would match nothing; name what must not stand there")
        anchors = max(
            (
                tuple(map(_longest_run, options))
                for options in self._pieces
                if not options[0].startswith(_UNLESS)
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
        body = "".join(map(self._written, range(len(self._pieces)), self._pieces))
        if not self._is_chinese:
            body = f"(?<!{_LETTER}){body}"
            if self._folded[-1].isalnum() or self._folded[-1] in ")*":
                body += f"(?!{_LETTER})"
        return re.compile(body)

    def _written(self, position: int, options: tuple[str, ...]) -> str:
        if not options[0].startswith(_UNLESS):
            return f"(?:{'|'.join(map(self._escaped, options))})"
        unwanted = map(re.escape, (options[0].removeprefix(_UNLESS), *options[1:]))
        # The first piece is what stands before the first bracket: nothing, if the cue begins so.
        if position == 1 and not self._pieces[0][0]:
            return "".join(f"(?<!{option})" for option in unwanted)
        return f"(?!{'|'.join(unwanted)})"

    def _escaped(self, option: str) -> str:
        stem = option.removesuffix("*")
        gap, mark = (_GAP_OF_CHARACTERS, _GAP) if self._is_chinese else (_GAP_OF_WORDS, f" {_GAP} ")
        escaped = gap.join(
            _INNER_STAR.join(map(re.escape, part.split("*"))) for part in stem.split(mark)
        )
        return escaped if stem == option else f"{escaped}{_LETTER}*"


def _longest_run(option: str) -> str:
    """The longest piece of ``option`` that stands in every text it matches."""
    return max((run.strip() for run in _OPEN.split(option)), key=len)
