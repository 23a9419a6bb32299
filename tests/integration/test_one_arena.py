"""A worker's threads share one arena of memory; asked of the C library of a worker that ends."""

import asyncio
import ctypes
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.engine import group_of
from tests.support.events import numbered
from tests.support.waiting import until
from tests.support.worker_process import environment, flags

CODE = """
import atexit, ctypes, sys

def tell(path):
    library = ctypes.CDLL(None)
    library.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(library.fopen(path.encode(), b"w"))
    library.malloc_info(0, file)
    library.fclose(file)

atexit.register(tell, sys.argv.pop(1))
from stream_service.cli import main
main()
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this C library has no malloc_info"
)
async def test_all_threads_of_a_worker_share_one_arena(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5), keys=5))
    told = tmp_path / "told.xml"
    group = ("--group-id", group_of(cluster))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CODE, told, *flags(cluster), *group, "run"),
        env=environment(),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:

        async def has_judged() -> bool:
            outputs = (cluster.topics.replies, cluster.topics.reviews)
            return len(await cluster.read_committed(*outputs)) == 5

        await until(has_judged, "all outcomes")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert re.findall(r"<heap nr=\"(\d+)\">", told.read_text("utf-8")) == ["0"]
