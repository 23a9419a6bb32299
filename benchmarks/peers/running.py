"""A coroutine that runs beside a block and ends with it."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


@asynccontextmanager
async def running_beside(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Run ``work`` until the block ends. If it fails first, the block is cancelled.

    Raises ExceptionGroup of what it failed with.
    """
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
