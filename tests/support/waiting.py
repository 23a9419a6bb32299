"""Waiting for a condition, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable

WAIT_S = 30.0


async def until(
    condition: Callable[[], bool | Awaitable[bool]],
    what: str = "the condition",
    *,
    timeout_s: float = WAIT_S,
) -> None:
    """Return once ``condition`` holds; fail after ``timeout_s``."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what}")
        await asyncio.sleep(0.02)
