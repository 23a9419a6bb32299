"""Threads of our own for work that would hold up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

INLINE_CHARACTERS = 2_000
"""Up to that length the work takes less than a hop to a thread and back is worth (about 0.1 ms a
hop, below 1 ms the work), and almost every feedback text is shorter."""


class CpuPool:
    """A few threads that nobody else can fill.

    asyncio's shared default executor starves behind any blocking work in the process: twelve
    blockers turn a millisecond into two seconds.
    """

    def __init__(self, threads: int = 1) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="graph-cpu")
        self._handed_over = 0

    @property
    def handed_over(self) -> int:
        """Jobs that run in a thread, or stand in line, and are waited for."""
        return self._handed_over

    async def run(self, characters: int, work: Callable[[], Result]) -> Result:
        """Do ``work`` on a text of that length: at once if short, else in a thread.

        A cancelled caller does not wait for its thread, which ends by itself within milliseconds.
        """
        if characters <= INLINE_CHARACTERS:
            return work()
        self._handed_over += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._handed_over -= 1

    def close(self) -> None:
        """End the threads once their work is done. Safe to call twice."""
        self._executor.shutdown(wait=False, cancel_futures=True)
