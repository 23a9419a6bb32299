"""Giving free memory back to the machine.

The C library keeps what was freed between what is still in use. A console that has taken in 100,000
items and shows 200 pages keeps tens of megabytes of it (the console of `benchmarks.gateway`); of a
worker in trouble it is a few (docs/soak.md).
"""

import asyncio
import ctypes
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from stream_service.streaming.client.closing import end_tasks

INTERVAL_S = 30.0
"""Looking through 200 MB takes a thread 4 to 6 ms; what a burst has left may wait."""


@asynccontextmanager
async def free_memory_given_back(interval_s: float = INTERVAL_S) -> AsyncGenerator[None]:
    """Give free memory back every ``interval_s`` seconds for the block.

    Does nothing where the C library has no ``malloc_trim`` (musl, macOS).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        yield
        return
    giving = asyncio.create_task(_give_back(trim, interval_s))
    try:
        yield
    finally:
        await end_tasks((giving,))


async def _give_back(trim: Callable[[int], int], interval_s: float) -> None:
    while True:
        await asyncio.sleep(interval_s)
        # In a thread: the call lets go of the interpreter's lock.
        await asyncio.to_thread(trim, 0)
