"""Serving the gateway until it is told to stop."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from stream_service.console.gateway.app import Gateway
from stream_service.console.gateway.connections import BoundedHttpProtocol
from stream_service.console.services import Services
from stream_service.observe.http import ServingFailed

_STOP_TIMEOUT_S = 10.0
"""For requests that are under way: an answer of Kafka comes, or is given up, within it."""

_KEEP_ALIVE_S = 30

_SOCKET_MESSAGE_BYTES = 1024 * 1024
"""What a page sends at once: a text of 50,000 characters is far below."""

_CONNECTIONS = 2_000
"""Beyond them new ones are told to come later."""


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve at; port 0 takes a free one. Raises ServingFailed."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(1_024)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise ServingFailed(
            f"{host}:{port} cannot be listened on ({error.strerror or error}); "
            "choose another with --set console.port=…"
        ) from error
    listening.setblocking(False)
    return listening


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the command, which stops more than the server."""
        yield


async def serve(
    gateway: Gateway, services: Services, listening: socket.socket, stop: asyncio.Event
) -> None:
    """Serve until ``stop`` is set; then take no more, end streams, and finish what is under way."""
    server = _Server(
        uvicorn.Config(
            gateway.app,
            http=BoundedHttpProtocol,
            # Stays with the loop that the command has chosen.
            loop="none",
            ws="websockets-sansio" if gateway.has_sockets else "none",
            ws_max_size=_SOCKET_MESSAGE_BYTES,
            # Half a megabyte a socket, and the length of what is compressed tells of its content.
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            # Paths hold events' ids; requests are counted as metrics.
            access_log=False,
            server_header=False,
            # The peer's address decides whom to trust: a header must not replace it.
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=round(_STOP_TIMEOUT_S),
            limit_concurrency=_CONNECTIONS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        gateway.stopping.set()
        services.hub.close()
        server.should_exit = True
        await serving
