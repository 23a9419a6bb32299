"""A worker with nothing to do: from its start to its readiness, and what it takes from then on."""

import asyncio
import time
from dataclasses import dataclass

import httpx

from benchmarks.llm.service import new_cluster
from benchmarks.process import cpu_s, memory_mb
from stream_service.devkit.kafka.ports import choose_free
from tests.support.waiting import until
from tests.support.worker_process import worker

START_TIMEOUT_S = 120.0
SETTLES_AFTER_S = 10.0
"""What starting took is given back and the group has come to rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleWorker:
    """What one took."""

    ready_s: float
    ready_cpu_s: float
    """Of its own by then: it tells a machine that is busy with something else from a slow start."""
    memory_mb: float
    cpu_share: float
    """Of one core."""


async def idle_worker(servers: str, *settings: str, seconds: float) -> IdleWorker:
    """Start a worker on topics of its own and watch it for ``seconds``."""
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
        ready_s = time.perf_counter() - began
        ready_cpu_s = cpu_s(process.pid)
        await asyncio.sleep(SETTLES_AFTER_S)
        before = cpu_s(process.pid)
        await asyncio.sleep(seconds)
        used = cpu_s(process.pid) - before
        return IdleWorker(
            ready_s=ready_s,
            ready_cpu_s=ready_cpu_s,
            memory_mb=memory_mb(process.pid),
            cpu_share=used / seconds,
        )
