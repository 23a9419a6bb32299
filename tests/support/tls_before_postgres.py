"""A TLS door before a PostgreSQL that was built without: the wheel's has no OpenSSL.

It answers the request for TLS as a server does, and hands on what comes through it.
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_TLS_REQUEST = bytes.fromhex("0000000804d2162f")


@asynccontextmanager
async def tls_before(socket: Path, certificate: Path) -> AsyncGenerator[int]:
    """Yield the port at which the server behind ``socket`` is reached by TLS alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            if await reader.readexactly(len(_TLS_REQUEST)) != _TLS_REQUEST:
                writer.close()
                return
            writer.write(b"S")
            await writer.start_tls(context)
            server_reader, server_writer = await asyncio.open_unix_connection(str(socket))
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_hand_on(reader, server_writer))
                ways.create_task(_hand_on(server_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()
