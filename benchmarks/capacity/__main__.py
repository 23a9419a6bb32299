"""``python -m benchmarks.capacity``: one worker beside two on this machine; JSON comes last.

The broker and the simulated language model take the same cores, so that CPU is counted, not time.
The same number of events is in flight in both cases: what two workers take more than one is what
being two costs. Goal: at most 1.1 times the CPU an event.
"""

import argparse
import asyncio
import os
import platform
import sys
from dataclasses import asdict
from typing import Any

import orjson

from benchmarks.llm.service import Backlog, work_off
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Latency,
    LatencyShape,
    SimulatorProcess,
)

BEHAVIOUR = Behaviour(latency=Latency(mean_s=1.0, shape=LatencyShape.LOGNORMAL))

TOGETHER = 80
"""In flight: both cores have CPU to spare, so that workers do not slow each other down."""

FEW, MANY = 500, 1_500
"""In flight: what a thousand more take in memory."""

LIMITS = {"cpu_two_to_one": 1.1}


async def measure(*, scale: float) -> dict[str, Any]:
    """Measure all of it; returns what the JSON line holds. ``scale``: of the events and
    of how many are in flight."""
    async with EmbeddedKafka.start() as kafka, SimulatorProcess.start(BEHAVIOUR) as simulator:
        servers = kafka.bootstrap_servers

        async def run(in_flight: int, workers: int, events: int) -> Backlog:
            measured = await work_off(
                servers,
                simulator,
                in_flight=int(in_flight * scale),
                workers=workers,
                events=int(events * scale),
            )
            told = ", ".join(f"{key} {value:g}" for key, value in asdict(measured).items())
            print(f"{workers} workers, {in_flight} in flight each: {told}", flush=True)
            return measured

        # In turns, twice: a machine that is busy for a while is so for both.
        ones: list[Backlog] = []
        twos: list[Backlog] = []
        for _ in range(2):
            ones.append(await run(TOGETHER, 1, 2_000))
            twos.append(await run(TOGETHER // 2, 2, 2_000))
        full = {workers: await run(FEW // workers, workers, 4_000) for workers in _up_to_cores()}
        many = await run(MANY, 1, 8_000)
    one_ms, two_ms = (
        sum(one.cpu_ms_per_event for one in runs) / len(runs) for runs in (ones, twos)
    )
    runs = [*ones, *twos, *full.values(), many]
    return {
        "cpu_ms_one_worker": round(one_ms, 2),
        "cpu_ms_two_workers": round(two_ms, 2),
        "cpu_two_to_one": round(two_ms / one_ms, 3),
        "events_per_s": {str(workers): round(run.events_per_s, 1) for workers, run in full.items()},
        "cpu_ms_at_full_load": {
            str(workers): round(run.cpu_ms_per_event, 2) for workers, run in full.items()
        },
        "mb_per_1000_in_flight": round(
            (many.peak_memory_mb - full[1].peak_memory_mb) * 1_000 / ((MANY - FEW) * scale), 1
        ),
        "lost": sum(run.lost for run in runs),
        "doubled": sum(run.doubled for run in runs),
        "limits": LIMITS,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
    }


def _up_to_cores() -> range:
    return range(1, (os.cpu_count() or 1) + 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="Of the events; 1 to keep figures."
    )
    given = parser.parse_args()
    result = asyncio.run(measure(scale=given.scale))
    print(orjson.dumps(result).decode())
    if over := [name for name, limit in LIMITS.items() if result[name] > limit]:
        sys.exit(f"over the limit: {', '.join(over)}")
