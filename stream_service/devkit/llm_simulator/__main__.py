"""The far end of ``process``: serves until standard input ends, as it does when its parent dies."""

import asyncio
import sys

import uvloop

from stream_service.devkit.llm_simulator.control import behaviour_adapter
from stream_service.devkit.llm_simulator.simulator import LlmSimulator


async def main() -> None:
    """Read a behaviour in one line of JSON, print the base URL, and serve."""
    behaviour = behaviour_adapter.validate_json(sys.stdin.readline())
    async with LlmSimulator.start(behaviour) as simulator:
        sys.stdout.write(simulator.base_url + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
