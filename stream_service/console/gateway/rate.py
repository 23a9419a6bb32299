"""A rate limit for each who asks: a token bucket."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_KEPT = 10_000
"""Buckets; the one that was used longest ago goes, and begins full when its owner is back."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class RateLimit:
    """So many requests a second, and as many at once; 0 for no limit."""

    def __init__(self, requests_per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = requests_per_s
        self._room = max(1.0, requests_per_s)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, who: str) -> float:
        """Count a request of ``who``: 0 where it may go on, else the seconds until one may."""
        if not self._rate:
            return 0.0
        now = self._clock()
        bucket = self._buckets.pop(who, None) or _Bucket(self._room, now)
        self._buckets[who] = bucket
        if len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
        bucket.level = min(self._room, bucket.level + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.level < 1:
            return (1 - bucket.level) / self._rate
        bucket.level -= 1
        return 0.0
