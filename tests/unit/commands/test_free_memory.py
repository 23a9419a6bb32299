"""Free memory goes back to the machine; tried in a process of its own."""

import ctypes
import subprocess
import sys

import pytest

CODE = """
import asyncio
from pathlib import Path
from stream_service.commands.process.free_memory import free_memory_given_back

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

async def main():
    blocks = [bytes(2_000) for _ in range(50_000)]
    # What stays lies between what goes.
    del blocks[: -1 : 2], blocks[: -1 : 2], blocks[: -1 : 2], blocks[: -1 : 2], blocks[: -1 : 2]
    kept = resident_mb()
    async with free_memory_given_back(0.01):
        async with asyncio.timeout(30):
            while resident_mb() > kept - 50:
                await asyncio.sleep(0.01)
    assert len(asyncio.all_tasks()) == 1

asyncio.run(main())
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library has no malloc_trim"
)
def test_what_a_burst_has_left_free_goes_back() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=60)
