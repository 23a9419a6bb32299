"""How long a reply takes beyond the work itself, at a rate that leaves everybody time."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

from benchmarks.engine.client import Task
from benchmarks.engine.contender import Contender
from benchmarks.engine.work import Work
from stream_service.contracts.topics import Topics
from tests.support.cluster import Cluster

_WARM_UP_S = 3.0

PARTITIONS = 4
"""A few, each with a transaction of its own in every interval."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Added milliseconds: from handing an event over to having its committed reply, less work."""

    p50_ms: float
    p99_ms: float


async def added_latency(
    contender: Contender,
    bootstrap_servers: str,
    work: Work,
    *,
    rate_per_s: float,
    seconds: float,
    in_flight: int,
    keys: int = 1_000,
) -> Latency:
    """Publish and read from another process while ``contender`` runs in this one."""
    prefix = f"b{uuid4().hex[:12]}."
    cluster = Cluster(bootstrap_servers, Topics(prefix))
    await cluster.create_topics(partitions=PARTITIONS)
    events = round((_WARM_UP_S + seconds) * rate_per_s)
    task = Task(
        bootstrap_servers=bootstrap_servers,
        topic_prefix=prefix,
        partitions=PARTITIONS,
        rate_per_s=rate_per_s,
        events=events,
        keys=keys,
        work=work,
        counted_from=round(_WARM_UP_S * rate_per_s),
    )
    async with contender(cluster, work.of(events), in_flight, lambda _count: None):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.engine.client", task.to_json(), stdout=-1
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise RuntimeError(f"the measuring client ended with {process.returncode}")
    added = sorted(cast(list[float], json.loads(output)))
    return Latency(p50_ms=_quantile(added, 0.5) * 1000, p99_ms=_quantile(added, 0.99) * 1000)


def _quantile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, round(share * len(ascending)))]
