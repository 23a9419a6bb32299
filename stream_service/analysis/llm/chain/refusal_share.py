"""How many of the latest calls were refused for their number.

An endpoint that is asked too much refuses what is above its limit; one that refuses now and then,
whatever it is asked, is not helped by being asked less.
"""

from collections import deque

TOLERATED = 0.1
"""Share of the latest calls that may be refused or time out. A true limit is then exceeded by no
more than that; the retries wait for their turn."""

LEAST_COUNTED = 30
"""Calls that a share is reckoned over at the least: the first refusal alone is no tenth."""


class RefusalShare:
    """Counts over the latest calls."""

    def __init__(self) -> None:
        self._refused: deque[bool] = deque()

    def count(self, *, is_refusal: bool, latest: int) -> None:
        """Count one call; the ``latest`` so many are remembered, or ``LEAST_COUNTED``."""
        self._refused.append(is_refusal)
        while len(self._refused) > max(latest, LEAST_COUNTED):
            self._refused.popleft()

    @property
    def is_too_large(self) -> bool:
        """Whether more than ``TOLERATED`` of the latest calls were refused."""
        return sum(self._refused) > TOLERATED * max(len(self._refused), LEAST_COUNTED)

    def forget(self) -> None:
        """Begin anew."""
        self._refused.clear()
