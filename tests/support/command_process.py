"""A command as its users run it: in a process of its own, with what it writes."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.cluster import Cluster

COMMAND = Path(sys.executable).parent / "stream-service"
ENDS_WITHIN_S = 40.0


@dataclass(frozen=True)
class Ended:
    exit_code: int
    stdout: str
    stderr: str


@asynccontextmanager
async def started(
    cluster: Cluster, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL
) -> AsyncGenerator[asyncio.subprocess.Process]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAM_")}
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("-b", cluster.bootstrap_servers, "--topic-prefix", cluster.topics.prefix),
        *arguments,
        env=environment,
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        # Reads what is left: a transport that is not read to its end is never closed.
        await process.communicate()


async def ended(process: asyncio.subprocess.Process, stdin: bytes | None = None) -> Ended:
    out, err = await asyncio.wait_for(process.communicate(stdin), ENDS_WITHIN_S)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def run_command(cluster: Cluster, *arguments: str, stdin: bytes | None = None) -> Ended:
    source = asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE
    async with started(cluster, *arguments, stdin=source) as process:
        return await ended(process, stdin)
