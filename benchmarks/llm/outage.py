"""An endpoint that is away for a minute while events keep coming."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.llm.service import events_of, new_cluster, publish, running_service
from stream_service.contracts.record import OutputRecord
from stream_service.devkit.llm_simulator import Behaviour, Fault, SimulatorProcess
from stream_service.streaming.publishing.publisher import RecordPublisher
from tests.support.cluster import Cluster

EVENTS_PER_S = 40
BEFORE_S = 8.0
"""Of usual work, after the first answer."""

IN_FLIGHT = 200

LOOK_INTERVAL_S = 0.1
PROBES_PER_S = 2
"""Calls a second that are probes, not events."""

START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageFigures:
    """What an outage of ``outage_s`` did."""

    outage_s: float
    pauses_after_s: float
    """From the outage's beginning until no events are sent to the endpoint any more."""
    resumes_after_s: float
    """From its end to the first answer that it gave."""
    lost: int
    doubled: int
    degraded: int


async def outage(
    servers: str, simulator: SimulatorProcess, usual: Behaviour, *, outage_s: float = 60.0
) -> OutageFigures:
    """Publish at a steady rate before, during and after an outage, in which all calls get a 503."""
    cluster = await new_cluster(servers)
    count = int(EVENTS_PER_S * (BEFORE_S + outage_s))
    records = events_of(cluster, count)
    async with running_service(cluster, simulator, in_flight=IN_FLIGHT) as service:
        outputs = service.outputs
        await publish(cluster, records[:1])
        await outputs.reach(1, START_TIMEOUT_S)
        publishing = asyncio.create_task(_publish_steadily(cluster, records[1:]))
        await asyncio.sleep(BEFORE_S)
        began = time.perf_counter()
        await simulator.behave(replace(usual, faults={Fault.UNAVAILABLE: 1.0}))
        looks = await _looks(simulator, until=began + outage_s)
        ended = time.perf_counter()
        # Calls that were under way when it began were still answered well.
        before = outputs.count
        await simulator.behave(usual)
        await outputs.reach(before + 1, END_TIMEOUT_S)
        resumed = time.perf_counter()
        await publishing
        await outputs.reach(count - outputs.dead_letters, END_TIMEOUT_S)
    return OutageFigures(
        outage_s=outage_s,
        pauses_after_s=_paused_at(looks) - began,
        resumes_after_s=resumed - ended,
        lost=count - outputs.count,
        doubled=outputs.doubled,
        degraded=len(outputs.degraded),
    )


async def _publish_steadily(cluster: Cluster, records: Sequence[OutputRecord]) -> None:
    step = EVENTS_PER_S // 4
    async with RecordPublisher(cluster.connection) as publisher:
        for start in range(0, len(records), step):
            await publisher.publish(records[start : start + step])
            await asyncio.sleep(step / EVENTS_PER_S)


async def _looks(simulator: SimulatorProcess, until: float) -> list[tuple[float, int]]:
    seen: list[tuple[float, int]] = []
    while time.perf_counter() < until:
        requests = await simulator.requests()
        seen.append((time.perf_counter(), requests["total"]))
        await asyncio.sleep(LOOK_INTERVAL_S)
    return seen


def _paused_at(looks: Sequence[tuple[float, int]]) -> float:
    """The last time after which a second brought more calls than probes make."""
    span = round(1 / LOOK_INTERVAL_S)
    busy = [
        looks[index + 1][0]
        for index in range(len(looks) - span)
        if looks[index + span][1] - looks[index][1] > PROBES_PER_S
        and looks[index + 1][1] > looks[index][1]
    ]
    return busy[-1] if busy else looks[0][0]
