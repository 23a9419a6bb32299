"""Answers kept in Redis, for all workers together."""

import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

_PREFIX = "stream-service:answer:"

TIMEOUT_S = 0.25
"""A cache that is slower than that is no help beside a call of a second."""

SILENCE_S = 5.0
"""After a failure Redis is left alone for so long: events do not all wait for its time-out."""


class RedisStore:
    """Keeps answers under an expiry. A Redis that is away is a cache without answers."""

    def __init__(self, url: str, *, ttl_s: float) -> None:
        """``url``: as ``redis://host:6379/0``, or ``rediss://`` for TLS. Raises ValueError."""
        self._redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        self._ttl_s = max(1, int(ttl_s))
        self._silent_until = 0.0

    @property
    def is_silent(self) -> bool:
        """Whether it is left alone after a failure."""
        return time.monotonic() < self._silent_until

    async def get(self, key: str) -> bytes | None:
        """Return what is kept, or None."""
        if self.is_silent:
            return None
        try:
            found = await self._redis.get(_PREFIX + key)
        except (RedisError, OSError):
            self._leave_alone()
            return None
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes) -> None:
        """Keep ``value`` for the time to live, if Redis is there."""
        if self.is_silent:
            return
        try:
            await self._redis.set(_PREFIX + key, value, ex=self._ttl_s)
        except (RedisError, OSError):
            self._leave_alone()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _leave_alone(self) -> None:
        self._silent_until = time.monotonic() + SILENCE_S
