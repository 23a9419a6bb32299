"""A network that can be made slow for a while."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from stream_service.devkit.kafka.ports import LOOPBACK

_DELAYED = ("netem", "delay", "40ms", "20ms", "limit", "100000")
_NARROWED = ("tbf", "rate", "6mbit", "burst", "128kb", "latency", "400ms")
"""Where the kernel has no netem: a token bucket. All of a soak's connections, replication between
the brokers included, share it, so that they queue for tenths of a second and lose packets."""

_RELAY_DELAY_S = 0.1
_RELAY_PIECE_BYTES = 4_096


class Network(Protocol):
    """What can be slowed down."""

    name: str

    async def slow(self) -> None:
        """Make it slow."""
        ...

    async def mend(self) -> None:
        """Make it as it was."""
        ...


class ShapedLoopback:
    """Every connection of this network namespace, by the kernel's own traffic control."""

    def __init__(self, discipline: Sequence[str]) -> None:
        self.name = f"tc {discipline[0]} on the loopback of a network namespace"
        self._discipline = discipline

    async def slow(self) -> None:
        await asyncio.to_thread(_tc, "add", *self._discipline)

    async def mend(self) -> None:
        await asyncio.to_thread(_tc, "del")


def shaped_loopback() -> ShapedLoopback | None:
    """By netem, else by a token bucket; None where the kernel lets us do neither."""
    for discipline in (_DELAYED, _NARROWED):
        try:
            _tc("add", *discipline)
            _tc("del")
        except (OSError, subprocess.CalledProcessError):
            continue
        return ShapedLoopback(discipline)
    return None


def _tc(verb: str, *discipline: str) -> None:
    command = ["tc", "qdisc", verb, "dev", "lo", "root", *discipline]
    subprocess.run(command, check=True, capture_output=True, timeout=10)


class SlowRelay:
    """A TCP relay before one server: it passes bytes on, a little late where it is told to."""

    name = "a TCP relay before the language model"

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._delay_s = 0.0
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve at ``port`` for the block."""
        server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def slow(self) -> None:
        self._delay_s = _RELAY_DELAY_S

    async def mend(self) -> None:
        self._delay_s = 0.0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(_RELAY_PIECE_BYTES):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
