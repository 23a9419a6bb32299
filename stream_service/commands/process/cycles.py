"""Freeing what cycles keep while a process has little to do (at full pace: garbage.py)."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from stream_service.streaming.client.closing import end_tasks

INTERVAL_S = 30.0
"""At most between two walks of all: Python counts objects for them, not time. At five events and
four decisions a second the client's cycles waited a quarter of an hour, 215 fetches among them. A
walk of 30,000 objects, which a worker holds then, takes 1 ms; one of 300,000, 26 ms."""


@asynccontextmanager
async def cycles_freed(interval_s: float = INTERVAL_S) -> AsyncGenerator[None]:
    """Have all walked every ``interval_s`` seconds of the block, unless it has just been."""
    walking = asyncio.create_task(_walk(interval_s))
    try:
        yield
    finally:
        await end_tasks((walking,))


async def _walk(interval_s: float) -> None:
    walks = _walks_of_all()
    while True:
        await asyncio.sleep(interval_s)
        if walks == _walks_of_all():
            gc.collect()
        walks = _walks_of_all()


def _walks_of_all() -> int:
    return gc.get_stats()[2]["collections"]
