"""How long a broker keeps a fetch that finds nothing."""

from typing import Any

USUAL_FETCH_WAIT_MS = 250
"""What comes meanwhile is answered at once. Asking ten times a second took half of an idle worker's
CPU."""

SHORT_FETCH_WAIT_MS = 20
"""A partition that is resumed waits no longer than this beside idle ones."""


class FetchWait:
    """Keeps the wait short as long as a partition may be resumed.

    The client has one fetch under way for each broker, so a partition that is resumed, or that
    begins, waits for the end of a fetch that finds nothing in the others.
    """

    def __init__(self, consumer: Any) -> None:
        """``consumer`` is an aiokafka consumer that has started."""
        self._consumer = consumer

    def settle(self) -> None:
        """Say it of the next fetches. To be called whenever a partition was paused or resumed."""
        is_any_paused = bool(self._consumer.paused())
        # Read by the client (0.14) whenever it writes a fetch.
        self._consumer._fetcher._fetch_max_wait_ms = (
            SHORT_FETCH_WAIT_MS if is_any_paused else USUAL_FETCH_WAIT_MS
        )
