"""Answers kept in a real Redis."""

from dataclasses import replace
from pathlib import Path

from stream_service.analysis.llm.chain.redis_store import RedisStore
from stream_service.devkit.llm_simulator import LlmSimulator
from tests.support.llm import COMPLAINT, analyst_of, options_for
from tests.support.redis import free_port, needs_redis, redis_server

pytestmark = needs_redis


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
