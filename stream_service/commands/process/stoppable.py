"""Work that Ctrl-C or SIGTERM cancels."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from stream_service.commands.process.running import stop_on_signals
from stream_service.streaming.client.closing import end_tasks

Result = TypeVar("Result")


async def until_stopped(work: Coroutine[Any, Any, Result]) -> Result | None:
    """Do ``work``; on SIGINT or SIGTERM cancel it, wait for its end, and return None.

    Raises what the work raises.
    """
    async with stop_on_signals() as stop:
        task = asyncio.create_task(work)
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks((stopping, task))
        return None if task.cancelled() else task.result()
