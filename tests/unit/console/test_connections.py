"""Connections that ask nothing, or never come to an end, before anybody knows who asks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from stream_service.console.gateway import connections
from stream_service.console.gateway.app import Gateway
from stream_service.console.gateway.server import listen, serve
from stream_service.console.services import Services

HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\n"

LONG = b"x" * 1_000_000
"""Above what is taken from a connection at once, and what is kept."""


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"cookie: " + LONG,
        HEAD + b"a: b\r\n" * 200_000,
        b"GET /" + LONG,
        HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na: " + LONG,
        HEAD + b"transfer-encoding: chunked\r\n\r\n1;" + LONG,
    ],
    ids=["one header", "many headers", "the line", "behind the body", "within the body"],
)
async def test_what_has_no_end_is_not_kept(sent: bytes) -> None:
    """A gigabyte of it was a gigabyte of memory, of whoever came."""
    async with _served() as port:
        assert (await _answers(port, sent))[-1] in {b"431", b"cut"}


@pytest.mark.parametrize(
    "sent",
    [
        [b""],
        [HEAD[:10]],
        [HEAD + b"\r\n", HEAD[:10]],
        # Answered, and its body is still to come.
        [HEAD + b"content-length: 9\r\n\r\n", b"x"],
        # A line's end between two requests stopped the server's own timer.
        [HEAD + b"\r\n", b"\r\n"],
    ],
    ids=["nothing", "half a head", "half of a second", "half a body", "a line's end"],
)
async def test_a_connection_on_which_nothing_is_asked_ends(
    monkeypatch: pytest.MonkeyPatch, sent: list[bytes]
) -> None:
    """Two thousand of them, which cost nothing, kept all others out for ever."""
    monkeypatch.setattr(connections, "_HEAD_TIMEOUT_S", 0.1, raising=False)
    async with _served() as port:
        statuses = await _answers(port, *sent)
    assert statuses == [b"200"] * (len(sent) - 1) + [b"408"]


async def test_what_is_under_way_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_HEAD_TIMEOUT_S", 0.05, raising=False)
    release = asyncio.Event()
    asyncio.get_running_loop().call_later(0.3, release.set)
    large = HEAD + b"content-length: 300000\r\n\r\n" + b"x" * 300_000
    async with _served(release) as port:
        assert await _answers(port, large + b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n") == [
            b"200",
            b"200",
        ]


async def test_a_socket_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_HEAD_TIMEOUT_S", 0.05, raising=False)
    async with _served() as port, connect(f"ws://127.0.0.1:{port}/") as socket:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.wait_closed(), 0.3)
        await socket.send("x" * 100_000)
        assert await socket.recv() == "100000"


async def _answers(port: int, *parts: bytes) -> list[bytes]:
    """The statuses of all answers to what is sent, each part after an answer, to the end.

    The last is ``cut`` where the connection was closed while there was more to come.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    statuses: list[bytes] = []
    answer = b""
    try:
        for number, part in enumerate(parts, 1):
            writer.write(part)
            while number < len(parts) and not answer.endswith(b"ok"):
                answer += await asyncio.wait_for(reader.read(1_000), 10)
            statuses += [one[:3] for one in answer.split(b"HTTP/1.1 ")[1:]]
            answer = b""
        answer = await asyncio.wait_for(reader.read(-1), 5)
    except ConnectionError:
        return [*statuses, b"cut"]
    finally:
        writer.close()
    return statuses + [one[:3] for one in answer.split(b"HTTP/1.1 ")[1:]]


@asynccontextmanager
async def _served(release: asyncio.Event | None = None) -> AsyncGenerator[int]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _echo_length(receive, send)
            return
        if release is not None:
            await release.wait()
        await PlainTextResponse("ok")(scope, receive, send)

    stop = asyncio.Event()
    gateway = Gateway(app, asyncio.Event(), cast(Any, None), has_sockets=True)
    services = SimpleNamespace(hub=SimpleNamespace(close=lambda: None))
    listening = listen("127.0.0.1", 0)
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(gateway, cast(Services, services), listening, stop))
        try:
            yield listening.getsockname()[1]
        finally:
            stop.set()


async def _echo_length(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message["text"]))})
