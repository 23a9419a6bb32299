"""Which consumer groups and topics are looked at."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamePattern:
    """Names that ``include`` matches as a whole and ``exclude`` does not.

    Both are regular expressions of Python's ``re``; an empty ``exclude`` leaves nothing out.
    """

    include: str = ".*"
    exclude: str = ""

    def matches(self, name: str) -> bool:
        """Whether a name is wanted."""
        return re.fullmatch(self.include, name) is not None and (
            not self.exclude or re.fullmatch(self.exclude, name) is None
        )

    def of(self, names: Iterable[str]) -> list[str]:
        """The names that are wanted."""
        return [name for name in names if self.matches(name)]
