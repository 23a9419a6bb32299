"""Where a worker's time goes, as a flame graph."""

import asyncio
import sys
from pathlib import Path

from benchmarks.llm.service import (
    START_TIMEOUT_S,
    events_of,
    new_cluster,
    publish,
    running_service,
)
from stream_service.devkit.llm_simulator import SimulatorProcess

_SECONDS = 20
_EVENTS = 4_000
_PY_SPY = Path(sys.executable).parent / "py-spy"


async def draw(servers: str, simulator: SimulatorProcess, *, in_flight: int, file: Path) -> None:
    """Sample a worker at work for a while, wherever it holds the interpreter's lock."""
    cluster = await new_cluster(servers)
    await publish(cluster, events_of(cluster, _EVENTS))
    async with running_service(cluster, simulator, in_flight=in_flight) as service:
        await service.outputs.reach(2 * in_flight, START_TIMEOUT_S)
        process = await asyncio.create_subprocess_exec(
            _PY_SPY,
            *("record", "--gil", "--rate", "200", "--duration", str(_SECONDS)),
            *("--format", "flamegraph", "--output", str(file), "--pid", str(service.pids[0])),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await asyncio.wait_for(process.communicate(), _SECONDS + START_TIMEOUT_S)
    if process.returncode != 0:
        raise RuntimeError(f"py-spy: {told.decode()}")
