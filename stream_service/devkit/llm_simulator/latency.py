"""How long an answer takes."""

import math
import random
from dataclasses import dataclass
from enum import StrEnum

LONGEST_S = 600.0
"""The OpenAI client's own default timeout: nobody waits for a draw beyond it."""


class LatencyShape(StrEnum):
    """How latencies spread around their mean."""

    FIXED = "fixed"
    LOGNORMAL = "lognormal"
    """Most near the mean, a few twice as long: an endpoint on a usual day."""
    PARETO = "pareto"
    """A heavy tail: a few take many times the mean."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """A distribution of latencies with the mean ``mean_s``. Raises ValueError for what is none."""

    mean_s: float = 0.0
    shape: LatencyShape = LatencyShape.FIXED
    sigma: float = 0.3
    """Lognormal only: the spread of the logarithm. 0.3 puts the 99th percentile at 1.9 means."""
    tail: float = 2.0
    """Pareto only, above 1: the smaller, the heavier. 2 puts the 99th percentile at 5 means."""

    def __post_init__(self) -> None:
        if not 0 <= self.mean_s <= LONGEST_S:
            raise ValueError(f"mean_s is {self.mean_s}; it must be 0 to {LONGEST_S:g} seconds")
        if self.sigma < 0:
            raise ValueError(f"sigma is {self.sigma}; it must not be negative")
        if self.tail <= 1:
            raise ValueError(f"tail is {self.tail}; it must be above 1, or there is no mean")

    def draw_s(self, chance: random.Random) -> float:
        """One latency in seconds."""
        match self.shape:
            case LatencyShape.FIXED:
                return self.mean_s
            case LatencyShape.LOGNORMAL:
                if self.mean_s == 0:
                    return 0.0
                middle = math.log(self.mean_s) - self.sigma**2 / 2
                drawn = chance.lognormvariate(middle, self.sigma)
            case LatencyShape.PARETO:
                least = self.mean_s * (self.tail - 1) / self.tail
                drawn = least * chance.paretovariate(self.tail)
        return min(LONGEST_S, drawn)
