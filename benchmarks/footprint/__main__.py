"""``python -m benchmarks.footprint``: what the service takes before it has work; JSON comes last.

Goals: ``--help`` in 0.4 s, a worker ready 3 s after it was started beside a running broker, an idle
worker within 120 MB without the local analyst's models and 1 % of a core.
"""

import argparse
import asyncio
import os
import platform
import sys
from statistics import median
from typing import Any

import orjson

from benchmarks.footprint.commands import local_model_mb, seconds_of
from benchmarks.footprint.idle_worker import idle_worker, starts
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.llm_simulator import SimulatorProcess

LIMITS = {
    "help_s": 0.4,
    "ready_s": 3.0,
    "idle_mb_without_model": 120.0,
    "idle_cpu_share": 0.01,
}


async def measure(*, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure all of it; returns what the JSON line holds."""
    help_s = await asyncio.to_thread(seconds_of, "--help", rounds=rounds)
    analyze_s = await asyncio.to_thread(seconds_of, "analyze", "Where is my parcel?", rounds=rounds)
    model_mb = await asyncio.to_thread(local_model_mb)
    async with EmbeddedKafka.start() as kafka, SimulatorProcess.start() as simulator:
        servers, with_llm = kafka.bootstrap_servers, f"llm.base_url={simulator.base_url}"
        # The first comes before anything that it reads is in the machine's memory.
        first, *later = await starts(servers, rounds=1 + rounds)
        later_with_llm = await starts(servers, with_llm, rounds=rounds)
        local = await idle_worker(servers, seconds=seconds)
        asked = await idle_worker(servers, with_llm, seconds=seconds)
    return {
        "help_s": round(help_s, 3),
        "analyze_s": round(analyze_s, 2),
        "first_ready_s": round(first.ready_s, 2),
        "ready_s": round(median(start.ready_s for start in later), 2),
        "ready_cpu_s": round(median(start.cpu_s for start in later), 2),
        "ready_with_llm_s": round(median(start.ready_s for start in later_with_llm), 2),
        "ready_with_llm_cpu_s": round(median(start.cpu_s for start in later_with_llm), 2),
        "idle_mb": round(local.memory_mb, 1),
        "idle_own_mb": round(local.own_memory_mb, 1),
        "idle_with_llm_mb": round(asked.memory_mb, 1),
        "local_model_mb": round(model_mb, 1),
        "idle_mb_without_model": round(local.memory_mb - model_mb, 1),
        "idle_cpu_share": round(local.cpu_share, 4),
        "idle_with_llm_cpu_share": round(asked.cpu_share, 4),
        "limits": LIMITS,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="Of each command and start.")
    parser.add_argument("--seconds", type=float, default=30, help="For which a worker is watched.")
    given = parser.parse_args()
    result = asyncio.run(measure(rounds=given.rounds, seconds=given.seconds))
    print(orjson.dumps(result).decode())
    if over := [name for name, limit in LIMITS.items() if result[name] > limit]:
        sys.exit(f"over the limit: {', '.join(over)}")
