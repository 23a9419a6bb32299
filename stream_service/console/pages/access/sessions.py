"""Sessions: a browser shows a random name for the token that somebody has logged in with.

They live in this process alone: after a restart people log in again. A session has no rights of its
own; its token is checked at every use, so one that is revoked or expired lets nobody in.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

COOKIE = "console_session"

_IDLE_S = 12 * 3600.0
"""A shift, and some more; a browser that is forgotten is logged out the next day."""

_MOST = 10_000
"""Beyond them the one that was used longest ago is logged out."""


@dataclass(slots=True)
class _Session:
    token: str
    used_at: float


class Sessions:
    """Names for tokens."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self, token: str) -> str:
        """A new session's name, for the browser alone."""
        name = secrets.token_urlsafe(32)
        self._sessions[_hash(name)] = _Session(token, self._clock())
        if len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)
        return name

    def token(self, name: str, *, touch: bool) -> str | None:
        """The session's token; None for one that has ended.

        To ``touch`` it is to use it. What a page asks by itself is no use: whoever left it open
        would never be logged out.
        """
        key = _hash(name)
        session = self._sessions.get(key)
        if session is None:
            return None
        now = self._clock()
        if now - session.used_at > _IDLE_S:
            del self._sessions[key]
            return None
        if touch:
            session.used_at = now
            self._sessions.move_to_end(key)
        return session.token

    def end(self, name: str) -> None:
        """Log out."""
        self._sessions.pop(_hash(name), None)


def _hash(name: str) -> bytes:
    # Looked up by its hash, so that the look-up's time tells nothing of the names there are.
    return hashlib.sha256(name.encode()).digest()
