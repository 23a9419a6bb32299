"""How many of the latest calls were refused for their number.

An endpoint that is asked too much refuses what is above its limit; one that refuses now and then,
whatever it is asked, is not helped by being asked less.
"""

import math
from collections import deque
from dataclasses import dataclass

TOLERATED = 0.1
"""Share of the latest calls that may be refused or time out. A true limit is then exceeded by
little more than that; the retries wait for their turn."""

LEAST_COUNTED = 30
"""Calls that a share is reckoned over at the least: the first refusal alone is no tenth."""

DEVIATIONS = 2.0
"""By so many standard deviations a share must lie above ``TOLERATED``. Without them 5 % of refusals
by chance were more than a tenth of 30 calls every few rounds, which held a worker at 25 calls."""


@dataclass(slots=True)
class CountedCall:
    """A call that has begun."""

    is_refused: bool = False


class RefusalShare:
    """Counts over the calls that began last.

    Not over those that ended last: a refusal comes at once and an answer takes its time, so that of
    these too many are refusals.
    """

    def __init__(self) -> None:
        self._calls: deque[CountedCall] = deque()

    def begin(self, latest: int) -> CountedCall:
        """Count a call; so many of the ``latest`` are remembered, or ``LEAST_COUNTED``."""
        call = CountedCall()
        self._calls.append(call)
        while len(self._calls) > max(latest, LEAST_COUNTED):
            self._calls.popleft()
        return call

    @property
    def is_too_large(self) -> bool:
        """Whether more than ``TOLERATED`` of the latest calls were refused, and not by chance."""
        counted = max(len(self._calls), LEAST_COUNTED)
        chance = math.sqrt(counted * TOLERATED * (1 - TOLERATED))
        refused = sum(call.is_refused for call in self._calls)
        return refused > TOLERATED * counted + DEVIATIONS * chance

    def forget(self) -> None:
        """Begin anew."""
        self._calls.clear()
