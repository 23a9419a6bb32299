"""The circuit: a service that keeps failing is left alone for a while."""

import time
from collections.abc import Callable

from stream_service.graph.customers.errors import LookupCircuitOpen


class Circuit:
    """Open after so many failures in a row; then one call at a time tries whether it is over."""

    def __init__(
        self, *, failures: int, open_s: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most_failures = failures
        self._open_s = open_s
        self._now = now
        self._failures = 0
        self._closed_again_at = 0.0

    def enter(self) -> None:
        """Ask to make a call. Raises LookupCircuitOpen."""
        if self._failures < self._most_failures:
            return
        if self._now() < self._closed_again_at:
            raise LookupCircuitOpen
        # This call is the probe; the others wait for another while.
        self._closed_again_at = self._now() + self._open_s

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0

    def failed(self) -> None:
        """A call was not."""
        self._failures += 1
        if self._failures >= self._most_failures:
            self._closed_again_at = self._now() + self._open_s
