"""Live views: what is stored is handed on to whoever watches.

A watcher that reads too slowly, or not at all, loses the oldest and is told how many: its buffer
never grows (trap: a live tail that eats all memory).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from stream_service.console.errors import ConsoleError
from stream_service.contracts.record import InputRecord

_BUFFER_RECORDS = 200
_BUFFER_BYTES = 1024 * 1024
"""Of one watcher. Records are shared among them: 200 watchers of one stream hold them once."""

_LIVE_WITHIN_MS = 60_000
"""Older records are history that is read again, in a rebuild for one; nobody watches that live."""


class TooManyWatchers(ConsoleError):
    """No more live views can be opened."""


@dataclass(frozen=True, slots=True)
class LiveRecord:
    """A record as watchers get it."""

    topic: str
    place: str
    """``partition-offset``."""
    document: bytes
    record: InputRecord
    """With its headers; some topics' meaning is in them."""


class Watch:
    """One watcher's buffer."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self._records: deque[LiveRecord] = deque()
        self._bytes = 0
        self._dropped = 0
        self._arrived = asyncio.Event()

    def put(self, record: LiveRecord) -> None:
        """Take a record; the oldest go where there is no room."""
        self._records.append(record)
        self._bytes += len(record.document)
        while len(self._records) > _BUFFER_RECORDS or (
            self._bytes > _BUFFER_BYTES and len(self._records) > 1
        ):
            self._bytes -= len(self._records.popleft().document)
            self._dropped += 1
        self._arrived.set()

    def wake(self) -> None:
        """End a wait in ``take`` with nothing."""
        self._arrived.set()

    async def take(self, timeout_s: float) -> tuple[Sequence[LiveRecord], int]:
        """What has come since the last time, and how many were dropped; nothing after a while."""
        if not self._records:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return (), 0
        taken, dropped = tuple(self._records), self._dropped
        self._records.clear()
        self._bytes = self._dropped = 0
        return taken, dropped


class LiveHub:
    """Hands records on to watchers."""

    def __init__(
        self, *, most_watchers: int = 500, now_ms: Callable[[], float] = lambda: time.time() * 1000
    ) -> None:
        self._watches: set[Watch] = set()
        self._most = most_watchers
        self._now_ms = now_ms

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watches)

    @property
    def is_full(self) -> bool:
        """Whether nobody more can watch."""
        return len(self._watches) >= self._most

    def close(self) -> None:
        """Wake all watchers, so that they look whether to go on."""
        for watch in self._watches:
            watch.wake()

    def stored(self, records: Sequence[InputRecord]) -> None:
        """Hear of records that the projection has stored."""
        if not self._watches:
            return
        oldest_ms = self._now_ms() - _LIVE_WITHIN_MS
        for record in records:
            if record.timestamp_ms < oldest_ms or record.value is None:
                continue
            live: LiveRecord | None = None
            for watch in self._watches:
                if record.topic in watch.topics:
                    live = live or LiveRecord(
                        record.topic, f"{record.partition}-{record.offset}", record.value, record
                    )
                    watch.put(live)

    @contextmanager
    def watch(self, *topics: str) -> Generator[Watch]:
        """Watch ``topics`` for the block. Raises TooManyWatchers."""
        if self.is_full:
            raise TooManyWatchers(f"{self._most} live views are open; close some, or wait")
        watch = Watch(frozenset(topics))
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)
