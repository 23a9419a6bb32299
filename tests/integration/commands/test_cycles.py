"""What cycles keep is freed in every process that lasts, however little happens in it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.worker_process import environment, flags

COMMAND = """
import gc
import os
import signal
import sys
import threading
import time
import weakref

from stream_service.cli import main
from stream_service.commands.process.cycles import cycles_freed

# Python's own walks are off: what is freed has been freed on purpose.
gc.disable()
cycles_freed.__wrapped__.__defaults__ = (0.05,)


class Kept:
    pass


def is_freed(within_s):
    kept, freed = Kept(), threading.Event()
    kept.itself = kept
    weakref.finalize(kept, freed.set)
    del kept
    return freed.wait(within_s)


def look():
    freed, end = 0, time.monotonic() + 20
    while freed < 5 and time.monotonic() < end:
        # What is there when a process has loaded all is left out of later walks: it is kept.
        freed += is_freed(within_s=1)
    print(freed, file=sys.__stdout__, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=look, daemon=True).start()
sys.exit(main())
"""


@pytest.mark.parametrize("command", [("run",), ("console", "--port", "0"), ("lag-exporter",)])
async def test_what_cycles_keep_is_freed(
    cluster: Cluster, tmp_path: Path, command: tuple[str, ...]
) -> None:
    await cluster.create_topics()
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", COMMAND, *flags(cluster), *command],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(
            STREAM_CONSOLE__DATABASE_URL=f"sqlite:///{tmp_path}/console.db",
            STREAM_LAG__PORT="0",
            STREAM_METRICS__PORT="0",
        ),
    )
    assert ended.stdout.strip() == "5", ended.stderr[-2_000:]
    assert ended.returncode == 0, ended.stderr[-2_000:]
