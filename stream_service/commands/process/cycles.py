"""Freeing what cycles keep while a worker has little to do (at full pace: garbage.py)."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from stream_service.streaming.client.closing import end_tasks

INTERVAL_S = 30.0
"""At most between two walks of all: they count objects, not time. At five events and four decisions
a second one came every 12 minutes, and 200 batches that the client had fetched waited for it in
cycles. A walk takes 1 ms of what a worker holds then, 26 ms where 500 events are under way."""


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
