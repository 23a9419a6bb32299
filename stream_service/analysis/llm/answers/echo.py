"""Whether a draft repeats the instructions: somebody asked the model to show them."""

import re

_WORDS = re.compile(r"[a-z]+|[\u4e00-\u9fff]")

RUN_WORDS = 8
"""So many words, or Chinese characters, in a row are no chance any more."""


class EchoFinder:
    """Knows the runs of words of one set of instructions."""

    def __init__(self, instructions: str) -> None:
        self._runs = frozenset(_runs(instructions))

    def echoes(self, draft: str) -> bool:
        """Whether a run of words of the instructions stands in ``draft``."""
        return not self._runs.isdisjoint(_runs(draft))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORDS.findall(text.lower())
    return {tuple(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1)}
