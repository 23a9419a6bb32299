"""``stream-service run``: a worker in the foreground."""

import asyncio
import os
from pathlib import Path

from stream_service.commands.process.cycles import cycles_freed
from stream_service.commands.process.free_memory import free_memory_given_back
from stream_service.commands.process.garbage import settle_long_lived_objects
from stream_service.commands.process.running import run, stop_on_signals
from stream_service.settings import Settings
from stream_service.worker import run_worker


def run_until_signalled(
    settings: Settings,
    alive_descriptor: int | None = None,
    observation_socket: Path | None = None,
) -> None:
    """Run a worker until SIGTERM or SIGINT, then drain. Raises what the worker raises.

    ``alive_descriptor`` is the reading end of a pipe that a supervisor holds open: when it ends,
    the supervisor has died, and the worker drains as at a signal. ``observation_socket`` is where
    that supervisor asks for metrics and health.
    """

    async def main() -> None:
        async with stop_on_signals() as stop, cycles_freed(), free_memory_given_back():
            if alive_descriptor is not None:
                _stop_at_end(alive_descriptor, stop)
            await run_worker(settings, stop, observation_socket, loaded=settle_long_lived_objects)

    run(main())


def _stop_at_end(descriptor: int, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    os.set_blocking(descriptor, False)

    def readable() -> None:
        if not os.read(descriptor, 1):
            loop.remove_reader(descriptor)
            stop.set()

    loop.add_reader(descriptor, readable)
