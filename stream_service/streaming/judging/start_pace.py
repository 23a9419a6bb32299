"""How many judges start in one turn of the event loop."""

import asyncio
import time
from collections.abc import Callable

TURN_S = 0.02
"""As long as a turn may become by judges that start. A commit takes some twenty turns of the loop,
a heartbeat a few: they wait for half a second at most where judges take all of the CPU. Shorter
turns make more and smaller transactions of the same outcomes."""

_FIRST, MOST = 8, 512
"""A turn of 512 judges that do nothing takes some milliseconds."""


class StartPace:
    """Lets so many judges start in a turn that the loop's turns stay short.

    The loop runs everything that is ready before it looks at its sockets again. When judges need
    more CPU than there is, those that have started are all ready all of the time, and two thousand
    of them make a turn of seconds: nothing is committed meanwhile, though all of it is judged
    (measured: 8,779 of 10,000 events judged, 2,502 published), and each holds its memory. What
    starts only as turns allow is as soon at its end, and in between it waits where it costs
    nothing.
    """

    def __init__(
        self, refilled: Callable[[], None], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """``refilled`` is called when more may start again; ``clock`` is in seconds."""
        self._refilled = refilled
        self._clock = clock
        self._allowed = self._left = _FIRST
        self._turn_began_at: float | None = None

    def take(self) -> bool:
        """Whether one more may start now. To be called on the loop."""
        if self._turn_began_at is None:
            self._turn_began_at = self._clock()
            asyncio.get_running_loop().call_soon(self._refill, self._turn_began_at)
        if not self._left:
            return False
        self._left -= 1
        return True

    def _refill(self, began_at: float) -> None:
        took_s = self._clock() - began_at
        if took_s > TURN_S:
            self._allowed = max(1, self._allowed // 2)
        elif not self._left and took_s < TURN_S / 2:
            self._allowed = min(MOST, self._allowed * 2)
        was_empty = not self._left
        self._left = self._allowed
        self._turn_began_at = None
        if was_empty:
            self._refilled()
