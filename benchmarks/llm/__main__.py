"""``python -m benchmarks.llm``: the service with a language model; the last line is JSON.

The common way is given the same instructions and examples as the service.
"""

import argparse
import asyncio
import os
import platform
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from benchmarks.llm.added_latency import AddedLatency, added_latency
from benchmarks.llm.article import ArticleFigures, article
from benchmarks.llm.outage import OutageFigures, outage
from benchmarks.llm.service import Backlog, work_off
from benchmarks.llm_peers.common_way import common_way
from benchmarks.llm_peers.instructions import Instructions
from benchmarks.llm_peers.measuring import Measured, feedback
from stream_service.analysis.llm.prompting.prompt import Prompt
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    Latency,
    LatencyShape,
    SimulatorProcess,
)
from stream_service.llm_settings import guidance_of
from stream_service.playbook import load_playbook

MEAN_LATENCY_S = 1.0
USUAL = Behaviour(latency=Latency(mean_s=MEAN_LATENCY_S, shape=LatencyShape.LOGNORMAL))

FAILING = replace(
    USUAL,
    faults={
        Fault.RATE_LIMIT: 0.05,
        Fault.SERVER_ERROR: 0.05,
        Fault.UNAVAILABLE: 0.03,
        Fault.RESET: 0.02,
    },
)
"""15 % of all calls: the error rate of the article that the service grew from."""

IN_FLIGHT, MANY_IN_FLIGHT = 500, 2_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How many events each case takes."""

    usual: int = 4_000
    many: int = 10_000
    failing: int = 4_000
    common: int = 1_000
    outage_s: float = 60.0


QUICK = Extent(usual=1_500, many=6_000, failing=1_500, common=300, outage_s=15.0)


async def measure(extent: Extent) -> dict[str, Any]:
    """Measure all of it; returns what the JSON line holds."""
    async with EmbeddedKafka.start() as kafka, SimulatorProcess.start(USUAL) as simulator:
        servers = kafka.bootstrap_servers
        usual = await work_off(servers, simulator, in_flight=IN_FLIGHT, events=extent.usual)
        _tell(f"service, {IN_FLIGHT} in flight", usual)
        many = await work_off(servers, simulator, in_flight=MANY_IN_FLIGHT, events=extent.many)
        _tell(f"service, {MANY_IN_FLIGHT} in flight", many)
        await simulator.behave(FAILING)
        failing = await work_off(servers, simulator, in_flight=IN_FLIGHT, events=extent.failing)
        _tell("service, 15 % failing", failing)
        await simulator.behave(USUAL)
        common = await common_way(
            simulator,
            feedback(extent.common, start=900_000),
            in_flight=IN_FLIGHT,
            instructions=same_instructions(),
        )
        _tell("common way", common)
        added = await added_latency(servers, simulator, USUAL, MEAN_LATENCY_S)
        _tell("added latency", added)
        away = await outage(servers, simulator, USUAL, outage_s=extent.outage_s)
        _tell("outage", away)
        table = await article(servers, same_instructions())
        _tell("the article's pipeline", table)
    limit_per_s = min(IN_FLIGHT / MEAN_LATENCY_S, 1000 / usual.cpu_ms_per_event)
    return {
        "events_per_s": round(usual.events_per_s, 1),
        "share_of_limit": round(usual.events_per_s / limit_per_s, 3),
        "cpu_ms_per_event": round(usual.cpu_ms_per_event, 2),
        "cpu_ratio_vs_common": round(common.cpu_ms_per_event / usual.cpu_ms_per_event, 2),
        "tokens_ratio_vs_common": round(
            common.prompt_tokens_per_event / usual.prompt_tokens_per_event, 2
        ),
        "rss_mb": round(many.peak_memory_mb),
        "lost": usual.lost + many.lost + failing.lost + away.lost,
        "doubled": usual.doubled + many.doubled + failing.doubled + away.doubled,
        "degraded_share": failing.degraded_share,
        "failing_events_per_s": round(failing.events_per_s, 1),
        "added_p50_ms": round(added.p50_s * 1000),
        "added_p99_ms": round(added.p99_s * 1000),
        "outage": {key: round(value, 2) for key, value in asdict(away).items()},
        "article": {key: round(value, 2) for key, value in asdict(table).items()},
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
    }


def same_instructions() -> Instructions:
    """The service's own fixed part, examples included, in each of the common way's calls."""
    prompt = Prompt(guidance_of(load_playbook(None)), with_draft=True)
    return Instructions.same("\n".join(text for _, text in prompt.analysis_fixed))


def _tell(
    name: str, measured: Backlog | Measured | AddedLatency | OutageFigures | ArticleFigures
) -> None:
    figures = ", ".join(f"{key} {value:g}" for key, value in asdict(measured).items())
    print(f"{name:<28} {figures}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llm", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short smoke, no figures to keep")
    arguments = parser.parse_args()
    result = asyncio.run(measure(QUICK if arguments.quick else Extent()))
    print(orjson.dumps(result).decode())
