"""The console's services, gateway and pages, served from one socket."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from stream_service.commands.console_options import console_options_of, gateway_options_of
from stream_service.commands.process.free_memory import free_memory_given_back
from stream_service.console.gateway.app import create_gateway
from stream_service.console.gateway.server import serve
from stream_service.console.services import console_services
from stream_service.settings import Settings
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.send_trace import SendTracer


async def serve_console(
    settings: Settings,
    judge: Judge | None,
    tracer: SendTracer | None,
    listening: socket.socket,
    stop: asyncio.Event,
    *,
    loaded: Callable[[], None] = lambda: None,
) -> None:
    """Serve at ``listening`` until ``stop`` is set; ``loaded`` is called when all is there.

    Raises DatabaseUnavailable.
    """
    # Only here: its import is a second.
    from stream_service.console.pages.mounting import with_pages

    options = console_options_of(settings, judge, tracer)
    async with free_memory_given_back(), console_services(options) as services:
        gateway = create_gateway(services, gateway_options_of(settings.console))
        async with with_pages(gateway, services) as paged:
            loaded()
            await serve(paged, services, listening, stop)


@asynccontextmanager
async def serving_console(
    settings: Settings, judge: Judge | None, listening: socket.socket
) -> AsyncGenerator[None]:
    """Serve at ``listening`` for the block; what is under way is finished at its end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_console(settings, judge, None, listening, stop))
        try:
            yield
        finally:
            stop.set()
