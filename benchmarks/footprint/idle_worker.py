"""A worker with nothing to do: from its start to its readiness, and what it takes from then on."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from benchmarks.llm.service import new_cluster
from benchmarks.process import cpu_s, memory_mb, own_memory_mb
from stream_service.devkit.kafka.ports import choose_free
from tests.support.waiting import until
from tests.support.worker_process import worker

START_TIMEOUT_S = 120.0
SETTLES_AFTER_S = 10.0
"""What starting took is given back and the group has come to rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a worker became ready."""

    ready_s: float
    cpu_s: float
    """Of its own by then: it tells a machine that is busy with something else from a slow start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleWorker:
    """What one took from then on."""

    memory_mb: float
    own_memory_mb: float
    """Without the pages of mapped files, which workers on one machine share."""
    cpu_share: float
    """Of one core."""


async def starts(servers: str, *settings: str, rounds: int) -> Sequence[Start]:
    """Start a worker on topics of its own, ``rounds`` times; each ends before the next begins."""
    told: list[Start] = []
    for _ in range(rounds):
        async with _ready(servers, settings) as (_pid, start):
            told.append(start)
    return told


async def idle_worker(servers: str, *settings: str, seconds: float) -> IdleWorker:
    """Start a worker on topics of its own and watch it for ``seconds``."""
    async with _ready(servers, settings) as (pid, _):
        await asyncio.sleep(SETTLES_AFTER_S)
        before = cpu_s(pid)
        await asyncio.sleep(seconds)
        used = cpu_s(pid) - before
        return IdleWorker(
            memory_mb=memory_mb(pid),
            own_memory_mb=own_memory_mb(pid),
            cpu_share=used / seconds,
        )


@asynccontextmanager
async def _ready(servers: str, settings: Sequence[str]) -> AsyncGenerator[tuple[int, Start]]:
    cluster = await new_cluster(servers)
    (port,) = choose_free(1)
    began = time.perf_counter()
    with worker(cluster, f"metrics.port={port}", *settings) as process:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/health/ready")).is_success
                except httpx.TransportError:
                    return False

            await until(ready, "a ready worker", timeout_s=START_TIMEOUT_S)
        yield process.pid, Start(ready_s=time.perf_counter() - began, cpu_s=cpu_s(process.pid))
