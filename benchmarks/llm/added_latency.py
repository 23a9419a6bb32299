"""What the service adds to the endpoint's own time, from outside: publish to output."""

import asyncio
import time
from dataclasses import dataclass, replace

from benchmarks.llm.service import events_of, new_cluster, publish, running_service
from stream_service.devkit.llm_simulator import Behaviour, Latency, SimulatorProcess
from stream_service.streaming.publishing.publisher import RecordPublisher

EVENTS_PER_S = 40
EVENTS = 1_200
WARM_UP = 200
IN_FLIGHT = 500
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedLatency:
    """Beyond a call that takes the same time each."""

    p50_s: float
    p99_s: float


async def added_latency(
    servers: str, simulator: SimulatorProcess, usual: Behaviour, call_s: float
) -> AddedLatency:
    """Publish one event after another, well below what the service can do."""
    cluster = await new_cluster(servers)
    await simulator.behave(replace(usual, latency=Latency(mean_s=call_s)))
    records = events_of(cluster, WARM_UP + EVENTS)
    published_at: dict[str, float] = {}
    async with running_service(cluster, simulator, in_flight=IN_FLIGHT) as service:
        outputs = service.outputs
        await publish(cluster, records[:WARM_UP])
        await outputs.reach(WARM_UP, START_TIMEOUT_S)
        begin = time.perf_counter()
        async with RecordPublisher(cluster.connection) as publisher, asyncio.TaskGroup() as tasks:
            for number, record in enumerate(records[WARM_UP:]):
                await asyncio.sleep(max(0.0, begin + number / EVENTS_PER_S - time.perf_counter()))
                published_at[f"e{WARM_UP + number}"] = time.perf_counter()
                tasks.create_task(publisher.publish([record]))
        await outputs.reach(len(records), END_TIMEOUT_S)
    await simulator.behave(usual)
    added = sorted(outputs.read_at[one] - at - call_s for one, at in published_at.items())
    return AddedLatency(p50_s=added[len(added) // 2], p99_s=added[int(0.99 * len(added))])
