"""Commands that end by themselves, from the shell's prompt back to it."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMAND = Path(sys.executable).parent / "stream-service"
TIMEOUT_S = 120.0

_MODEL = """
import asyncio, re
from stream_service.analysis.local import LocalAnalyst

def resident_kb():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\\s+(\\d+)", status.read())[1])

async def load():
    before = resident_kb()
    analyst = await LocalAnalyst.start()
    print((resident_kb() - before) * 1024 / 1e6)
    await analyst.aclose()

asyncio.run(load())
"""


def seconds_of(*words: str, rounds: int) -> float:
    """The median of ``rounds`` runs of ``stream-service WORDS``."""
    taken: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([COMMAND, *words], check=True, capture_output=True, timeout=TIMEOUT_S)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def local_model_mb() -> float:
    """What the local analyst's models take once loaded, in a process that does nothing else."""
    command = [sys.executable, "-c", _MODEL]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
    return float(loaded.stdout)
