"""How long a broker keeps a fetch that finds nothing."""

from typing import Any

from stream_service.streaming.partition import Partition

USUAL_FETCH_WAIT_MS = 250
"""What comes meanwhile is answered at once. Asking ten times a second took half of an idle worker's
CPU. A partition that was full and goes on has work for longer than this."""

BEGINNING_FETCH_WAIT_MS = 20
"""A partition that begins waits no longer than this beside idle ones."""


class FetchWait:
    """Keeps the wait short as long as sessions begin.

    The client has one fetch under way for each broker, so a partition that begins would wait for
    the end of a fetch that finds nothing in the others.
    """

    def __init__(self, consumer: Any) -> None:
        """``consumer`` is an aiokafka consumer that has started by the time of the first call."""
        self._consumer = consumer
        self._beginning = set[Partition]()

    def begins(self, partition: Partition) -> None:
        """Say that the partition will soon be read."""
        self._beginning.add(partition)
        self._settle()

    def begun(self, partition: Partition) -> None:
        """Say that the partition is read, or that it will not be."""
        self._beginning.discard(partition)
        self._settle()

    def _settle(self) -> None:
        # Read by the client (0.14) whenever it writes a fetch.
        self._consumer._fetcher._fetch_max_wait_ms = (
            BEGINNING_FETCH_WAIT_MS if self._beginning else USUAL_FETCH_WAIT_MS
        )
