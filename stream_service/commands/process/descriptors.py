"""Standard input and output, or a file, read and written without holding up the event loop.

Threads would do it too, but one that waits for a terminal or a full pipe cannot be cancelled, and
the process waits for it at its end.
"""

import asyncio
import os
import select
import stat
from collections.abc import AsyncGenerator, Callable
from typing import Any

_CHUNK_BYTES = 64 * 1024

_AT_ONCE_BYTES = select.PIPE_BUF
"""What a pipe that is ready takes without blocking."""


async def read_chunks(descriptor: int) -> AsyncGenerator[bytes]:
    """What ``descriptor`` holds, as it comes, up to its end. Raises OSError."""
    pollable = _is_pollable(descriptor)
    loop = asyncio.get_running_loop()
    while True:
        if pollable:
            await _ready(loop.add_reader, loop.remove_reader, descriptor)
            chunk = os.read(descriptor, _CHUNK_BYTES)
        else:
            chunk = await asyncio.to_thread(os.read, descriptor, _CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


async def write_all(descriptor: int, data: bytes) -> None:
    """Write ``data`` whole. Raises BrokenPipeError when nobody reads any more, and OSError."""
    pollable = _is_pollable(descriptor)
    loop = asyncio.get_running_loop()
    rest = memoryview(data)
    while rest:
        if pollable:
            await _ready(loop.add_writer, loop.remove_writer, descriptor)
            rest = rest[os.write(descriptor, rest[:_AT_ONCE_BYTES]) :]
        else:
            rest = rest[await asyncio.to_thread(os.write, descriptor, rest) :]


def _is_pollable(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


async def _ready(add: Callable[..., Any], remove: Callable[[int], Any], descriptor: int) -> None:
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)
