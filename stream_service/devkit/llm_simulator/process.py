"""The simulator in a process of its own, so that a benchmark's CPU is the client's alone."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.control import (
    BEHAVIOUR_PATH,
    REQUESTS_PATH,
    behaviour_adapter,
)

START_TIMEOUT_S = 60.0
"""A process that imports aiohttp on a machine that others keep busy."""

END_TIMEOUT_S = 10.0
CONTROL_TIMEOUT_S = 30.0
"""The answer waits its turn behind thousands of completions."""


class SimulatorProcess:
    """A simulator that runs elsewhere. Make one with ``start``."""

    def __init__(self, base_url: str, control: ClientSession) -> None:
        self.base_url = base_url
        """What an OpenAI client is given as its base URL."""
        self._control = control

    @classmethod
    @asynccontextmanager
    async def start(cls, behaviour: Behaviour | None = None) -> "AsyncGenerator[SimulatorProcess]":
        """Serve until the block ends, or this process does. Raises OSError if it does not start."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __package__ or "",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None  # noqa: S101 (for the type checker)
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(behaviour_adapter.dump_json(behaviour or Behaviour()) + b"\n")
            async with asyncio.timeout(START_TIMEOUT_S):
                base_url = (await process.stdout.readline()).decode().strip()
            if not base_url:
                raise OSError("the simulator did not start; what it says is on standard error")
            timeout = ClientTimeout(total=CONTROL_TIMEOUT_S)
            root = base_url.removesuffix("/v1")
            async with ClientSession(root, timeout=timeout, raise_for_status=True) as control:
                yield cls(base_url, control)
        finally:
            await _end(process)

    async def behave(self, behaviour: Behaviour) -> None:
        """Answer requests from now on so."""
        body = behaviour_adapter.dump_json(behaviour)
        async with self._control.put(BEHAVIOUR_PATH, data=body):
            pass

    async def requests(self) -> dict[str, Any]:
        """What has been asked so far: the counts of Traffic, and ``cpu_s`` of that process."""
        async with self._control.get(REQUESTS_PATH) as response:
            return await response.json()


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None  # noqa: S101 (for the type checker)
    process.stdin.close()
    try:
        async with asyncio.timeout(END_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
