"""Noticing a worker process that runs and does nothing: no exit tells of it."""

import asyncio

from stream_service.observe.workers.fleet import Fleet

_ASKED_EVERY_S = 5.0


async def until_hung(fleet: Fleet, worker: int, within_s: float) -> None:
    """Return once ``worker`` has not been live for ``within_s``: it says so, or does not answer.

    One that is starting, and has not opened its socket yet, counts as live.
    """
    loop = asyncio.get_running_loop()
    live_at = loop.time()
    while True:
        await asyncio.sleep(min(_ASKED_EVERY_S, within_s / 4))
        if await asyncio.to_thread(fleet.is_live, worker):
            live_at = loop.time()
        elif loop.time() - live_at >= within_s:
            return
