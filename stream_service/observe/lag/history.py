"""The last observations of one partition of one group."""

import zlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple


class Observation(NamedTuple):
    """What a round saw. Every field is a number that a double holds exactly."""

    at: float
    """In seconds, of a clock that never goes back."""
    committed: float
    waiting: float
    """Records that wait, read or not: the lag, or 0 where it is markers of transactions alone."""
    processed: float
    """Records processed: the committed offset and how many are completed ahead of it."""
    commit_metadata: float
    """A checksum of what stands beside the committed offset: for our workers, of the map."""


_FIELDS = len(Observation._fields)


class History:
    """The last ``window`` observations, oldest first.

    As plain numbers, since there may be tens of thousands of these: an object for each observation
    takes five times the memory.
    """

    __slots__ = ("_numbers", "_window")

    def __init__(self, window: int) -> None:
        self._window = window
        self._numbers = array("d")

    def add(self, observation: Observation, *, spacing_s: float = 0.0) -> None:
        """Add the newest; the oldest goes when the window is full.

        Observations lie ``spacing_s`` apart at least: between them the newest takes the place of
        the one before, so that looking more often does not shorten what the window spans.
        """
        if self._is_too_near(spacing_s):
            del self._numbers[-_FIELDS:]
        if self.is_full:
            # First, so that the array never has to grow beyond its window.
            del self._numbers[:_FIELDS]
        self._numbers.extend(observation)

    def _is_too_near(self, spacing_s: float) -> bool:
        """Whether the newest observation lies less than ``spacing_s`` behind the one before."""
        if not spacing_s or len(self._numbers) < 2 * _FIELDS:
            return False
        return self._numbers[-_FIELDS] - self._numbers[-2 * _FIELDS] < spacing_s

    @property
    def is_full(self) -> bool:
        """Whether the window's whole length has been observed."""
        return len(self._numbers) == _FIELDS * self._window

    def observations(self) -> Sequence[Observation]:
        """All of them, oldest first."""
        numbers = self._numbers
        return [
            Observation._make(numbers[first : first + _FIELDS])
            for first in range(0, len(numbers), _FIELDS)
        ]


def checksum(metadata: str) -> int:
    """A number that differs where the metadata does."""
    return zlib.crc32(metadata.encode())
