"""Whether a figure that wavers grows: a line through it, and how sure its slope is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

BLOCKS = 24
"""The samples are averaged in so many blocks: single ones lie too close to be independent."""

_LEAST_BLOCKS = 6
_SURE = 2.0
"""In standard errors: 95 of 100 flat figures have a slope below it."""

Samples = Sequence[tuple[float, float]]
"""Seconds of some clock, and the figure."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A fitted line."""

    slope_per_h: float
    noise_per_h: float
    """The slope that a figure without a trend has by chance."""


def trend_of(samples: Samples) -> Trend:
    """Fit a line by least squares through block means; raises ValueError for too few samples.

    The standard error is widened by the residuals' own memory (autocorrelation of lag one): memory
    that was taken stays for a while, so that neighbouring blocks tell less than two independent
    ones would.
    """
    points = _block_means(samples)
    if len(points) < _LEAST_BLOCKS:
        raise ValueError(f"{len(samples)} samples are too few for a trend")
    middle_t, middle_v = fmean(t for t, _ in points), fmean(v for _, v in points)
    spread = sum((t - middle_t) ** 2 for t, _ in points)
    slope = sum((t - middle_t) * (v - middle_v) for t, v in points) / spread
    residuals = [v - middle_v - slope * (t - middle_t) for t, v in points]
    variance = sum(one**2 for one in residuals) / (len(points) - 2)
    memory = _autocorrelation(residuals)
    error = math.sqrt(variance / spread * (1 + memory) / (1 - memory))
    return Trend(slope * 3_600, _SURE * error * 3_600)


def growth_of_floor(samples: Samples) -> float:
    """How much higher the floor of the last third is than that of the first third.

    What comes and goes (connections, tasks in flight) leaves no trace in it; what is never given
    back lifts it. Raises ValueError for too few samples.
    """
    third = len(samples) // 3
    if not third:
        raise ValueError(f"{len(samples)} samples are too few for a growth")
    return _floor(samples[-third:]) - _floor(samples[:third])


def _floor(samples: Samples) -> float:
    # A tenth may lie below: in the moment after a fault there are fewer connections than ever.
    return sorted(value for _, value in samples)[len(samples) // 10]


def _block_means(samples: Samples) -> list[tuple[float, float]]:
    if not samples:
        return []
    first, last = samples[0][0], samples[-1][0]
    width = (last - first) / BLOCKS or 1.0
    blocks: dict[int, list[tuple[float, float]]] = {}
    for moment, value in samples:
        blocks.setdefault(min(BLOCKS - 1, int((moment - first) / width)), []).append(
            (moment, value)
        )
    return [
        (fmean(moment for moment, _ in block), fmean(value for _, value in block))
        for _, block in sorted(blocks.items())
    ]


def _autocorrelation(residuals: Sequence[float]) -> float:
    total = sum(one**2 for one in residuals)
    if not total:
        return 0.0
    lagged = sum(one * other for one, other in pairwise(residuals))
    # Above it the widening would swallow every trend.
    return max(0.0, min(0.8, lagged / total))
