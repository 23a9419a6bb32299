"""Short blocking work in a thread, without leaving it behind."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


async def finish_in_thread(
    function: Callable[Parameters, Result],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Result:
    """Run work of milliseconds in a thread; a cancellation is passed on when it has finished.

    A thread cannot be stopped: left behind, it would still write into a folder that its caller,
    cancelled, is about to remove.
    """
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **options))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
