"""What disturbs the surroundings does disturb them, and gives them back."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from stream_service.devkit.kafka.ports import LOOPBACK
from tests.soak.disk import SmallDisk
from tests.soak.network import SlowRelay


@pytest_asyncio.fixture
async def echo_port() -> AsyncIterator[int]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(100):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, LOOPBACK, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def round_trip_s(port: int) -> float:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    began = time.monotonic()
    writer.write(b"hello")
    async with asyncio.timeout(20):
        assert await reader.readexactly(5) == b"hello"
    took_s = time.monotonic() - began
    writer.close()
    await writer.wait_closed()
    return took_s


async def test_a_slow_relay_passes_all_on_and_takes_its_time(echo_port: int) -> None:
    relay = SlowRelay(LOOPBACK, echo_port)
    async with relay.running():
        await round_trip_s(relay.port)
        await relay.slow()
        # Twice the delay: there and back. It is a lower bound, which no busy machine breaks.
        assert await round_trip_s(relay.port) >= 0.2
        await relay.mend()
        await round_trip_s(relay.port)


async def test_a_relay_before_nothing_closes_the_connection() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    relay = SlowRelay(LOOPBACK, port)
    async with relay.running():
        reader, writer = await asyncio.open_connection(LOOPBACK, relay.port)
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


def test_a_full_disk_takes_nothing_and_a_freed_one_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 3 * (1 << 20) + 5_000

    def allocate(_descriptor: int, offset: int, length: int) -> None:
        if offset + length > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken.append(length)

    taken: list[int] = []
    monkeypatch.setattr(os, "posix_fallocate", allocate)
    disk = SmallDisk(tmp_path)
    disk.fill()
    assert room - sum(taken) < 4_096
    disk.free()
    assert list(tmp_path.iterdir()) == []
