"""Tasks that would go on for ever, ended at the end of a test."""

import asyncio
from typing import Any

from stream_service.streaming.client.closing import end_tasks


async def end(task: "asyncio.Task[Any]") -> None:
    """Cancel ``task`` until it has ended; raises what it has failed by.

    Once is not enough: a cancellation can be lost inside of a client, and then whoever awaits the
    task waits for ever (seen once, of a test that publishes all the time).
    """
    await end_tasks((task,))
    if not task.cancelled():
        task.result()
