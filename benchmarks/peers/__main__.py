"""``python -m benchmarks.peers``: the service beside its peers; the last line is JSON.

``--write-docs`` puts the figures and the picture into docs/peers.md; ``--from FILE`` takes them
from an earlier run's JSON instead of measuring.
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.peers.catalogue import BY_NAME, ENVIRONMENT, Contender
from benchmarks.peers.document import results_of, write
from benchmarks.peers.environment import make_environment, versions
from benchmarks.peers.judge_alone import judge_alone
from benchmarks.peers.leading import Results, rows_behind
from benchmarks.peers.situations import (
    CALL_S,
    CONSTANT,
    QUICK,
    SITUATIONS,
    STEADY_PER_S,
    Extent,
    Figures,
    put_into,
    steady_cpu_ms,
    warm_up,
)
from benchmarks.peers.stage import stage_of
from stream_service.devkit.kafka import KAFKA_VERSION, EmbeddedKafka
from stream_service.devkit.llm_simulator import SimulatorProcess


async def measure(extent: Extent, names: Sequence[str], logs: Path) -> dict[str, Any]:
    """Measure all of it; returns what the JSON line holds."""
    if any(ENVIRONMENT in BY_NAME[name].python.parents for name in names):
        await make_environment()
    machine = _machine()
    began = time.perf_counter()
    results: dict[str, dict[str, Figures]] = {}
    ways: dict[str, float] = {}
    async with EmbeddedKafka.start() as kafka, SimulatorProcess.start(CONSTANT) as simulator:
        alone = await judge_alone(simulator, per_s=STEADY_PER_S)
        print(f"the judge alone: {alone}", flush=True)
        for name in names:
            log = logs / f"{name}.log"
            results[name] = await _measured(
                BY_NAME[name], kafka.bootstrap_servers, simulator, extent, log
            )
            ways[name] = await _way_alone(
                BY_NAME[name], kafka.bootstrap_servers, simulator, extent, log
            )
    return {
        "peers": {
            name: {situation: _rounded(figures) for situation, figures in of_peer.items()}
            for name, of_peer in results.items()
        },
        **_standing(results),
        "judge_alone": asdict(alone),
        "way_alone_ms": {name: round(ms, 2) for name, ms in ways.items()},
        "seconds": round(time.perf_counter() - began),
        "versions": {name: one for name, one in (await versions()).items() if name in names},
        "machine": machine,
    }


async def _measured(
    contender: Contender,
    servers: str,
    simulator: SimulatorProcess,
    extent: Extent,
    log: Path,
) -> dict[str, Figures]:
    """All situations. Where one leaves events behind, the next begins with new topics."""
    results: dict[str, Figures] = {}
    left = list(SITUATIONS)
    while left:
        async with stage_of(contender, servers, simulator, log) as stage:
            await warm_up(stage)
            while left:
                name = left.pop(0)
                figures = results[name] = await put_into(name, stage, extent)
                told = ", ".join(f"{key} {value:g}" for key, value in _rounded(figures).items())
                print(f"{contender.name:<20} {name:<11} {told}", flush=True)
                if figures.unfinished:
                    break
    return results


async def _way_alone(
    contender: Contender,
    servers: str,
    simulator: SimulatorProcess,
    extent: Extent,
    log: Path,
) -> float:
    """CPU milliseconds an event without a judge: each waits as long as a call of the model."""
    async with stage_of(contender, servers, simulator, log, waits_s=CALL_S) as stage:
        await warm_up(stage)
        used_ms = await steady_cpu_ms(stage, extent)
    print(f"{contender.name:<20} {'way alone':<11} cpu_ms_per_event {used_ms:.2f}", flush=True)
    return used_ms


def _standing(results: Results) -> dict[str, Any]:
    behind = list(rows_behind(results))
    unexplained = [row.label for row in behind if row.reason is None]
    return {
        "leads": unexplained or True,
        "trade_offs": [row.label for row in behind if row.reason is not None],
    }


def _rounded(figures: Figures) -> dict[str, float]:
    return {key: round(value, 2) for key, value in asdict(figures).items()}


def _machine() -> Mapping[str, Any]:
    memory_kb = int(Path("/proc/meminfo").read_text().split(maxsplit=2)[1])
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(),
        "cpu": models[0] if models else platform.machine(),
        "memory_gb": round(memory_kb * 1024 / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kafka": KAFKA_VERSION,
        "load_before": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    """Measure or read, write where that is asked for, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short smoke, no figures to keep")
    parser.add_argument("--only", nargs="+", choices=list(BY_NAME), default=list(BY_NAME))
    parser.add_argument("--write-docs", action="store_true", help="write docs/peers.md and .svg")
    parser.add_argument("--from", dest="file", type=Path, help="a file whose last line is the JSON")
    parser.add_argument("--logs", type=Path, help="a folder for what the workers say")
    arguments = parser.parse_args()
    if arguments.write_docs and (arguments.quick or len(arguments.only) < len(BY_NAME)):
        parser.error("--write-docs needs all figures of a full run")
    if arguments.file is not None:
        result = orjson.loads(arguments.file.read_text("utf-8").splitlines()[-1])
        result |= _standing(results_of(result))
    else:
        with (
            tempfile.TemporaryDirectory() as temporary,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            logs = arguments.logs or Path(temporary)
            logs.mkdir(parents=True, exist_ok=True)
            extent = QUICK if arguments.quick else Extent()
            result = runner.run(measure(extent, arguments.only, logs))
    if arguments.write_docs:
        write(result)
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
