"""How late the event loop is, by its own clock."""

import asyncio

from prometheus_client import CollectorRegistry, Histogram

_INTERVAL_S = 0.25

_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class EventLoopLag:
    """Asks to be woken after a while, and measures how much later that happens.

    A histogram and no gauge: what was late between two scrapes would not be seen otherwise.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lag = Histogram(
            "feedback_event_loop_lag_seconds",
            "How much later than asked the event loop ran a callback, four times a second.",
            buckets=_BUCKETS_S,
            registry=registry,
        )

    async def measure(self) -> None:
        """Measure until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _INTERVAL_S
            await asyncio.sleep(_INTERVAL_S)
            self._lag.observe(max(0.0, clock() - due))
