"""What is posted to the pages is bounded, too: the log-in, which anybody may ask, and the socket's
substitute."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream_service.console.access.roles import LOCAL, Principal
from stream_service.console.gateway import bodies
from stream_service.console.gateway.guards import Guards, Origin, RequestDurations
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.rate import RateLimit
from stream_service.console.pages.access import door
from stream_service.console.pages.access.door import PagesDoor
from stream_service.console.pages.access.login import Login
from stream_service.console.pages.access.visitor import PageAccess

CHUNK = b"x" * 256 * 1024


def scope_of(path: str, media_type: str) -> Scope:
    headers = {"host": "localhost", "content-type": media_type}
    return {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
    }


SOCKET = scope_of("/_nicegui_ws/socket.io/", "text/plain")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"token=", "application/x-www-form-urlencoded", 408),
        (b"x" * 5_000, "application/x-www-form-urlencoded", 413),
        (b"token=t", "text/plain", 415),
    ],
)
async def test_a_log_in_has_its_bounds(
    monkeypatch: pytest.MonkeyPatch, body: bytes, media_type: str, status: int
) -> None:
    monkeypatch.setattr(bodies, "_BODY_TIMEOUT_S", 0.05)
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": True}

    login = Login(cast(PageAccess, SimpleNamespace()), ["/"])
    with pytest.raises(Problem) as told:
        async with asyncio.timeout(10):
            await login.log_in(Request(scope_of("/login", media_type), receive))
    assert told.value.status == status


@pytest.mark.parametrize("parts", [0, 2])
async def test_what_a_page_posts_without_a_socket_comes_in_time_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    """A client that sent a part of it, or its headers alone, held the connection for ever."""
    monkeypatch.setattr(door, "_MESSAGE_TIMEOUT_S", 0.05, raising=False)
    received: list[str] = []

    async def receive() -> Message:
        if len(received) == parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def pages(_scope: Scope, receive: Receive, _send: Send) -> None:
        more = True
        while more:
            message = await receive()
            received.append(message["type"])
            more = message.get("more_body", False)

    async with asyncio.timeout(10):
        await _door(pages)(SOCKET, receive, _sent)
    assert received == ["http.request"] * parts + ["http.disconnect"]


async def test_the_answer_to_a_poll_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there when the page has something to say; till then its end is listened for."""
    monkeypatch.setattr(door, "_MESSAGE_TIMEOUT_S", 0.02, raising=False)
    bodies_to_come = [b"x", b"y", b""]

    async def receive() -> Message:
        if not bodies_to_come:
            await asyncio.Event().wait()
        body = bodies_to_come.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(bodies_to_come)}

    async def pages(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        listening = asyncio.ensure_future(receive())
        done, _ = await asyncio.wait({listening}, timeout=0.2)
        assert not done
        listening.cancel()

    await _door(pages)(SOCKET, receive, _sent)
    assert bodies_to_come == []


async def test_what_a_page_posts_without_a_socket_is_bounded() -> None:
    taken = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": CHUNK, "more_body": taken < 100 * len(CHUNK)}

    async def pages(_scope: Scope, receive: Receive, _send: Send) -> None:
        """As the socket's own server reads: whatever comes, to its end."""
        nonlocal taken
        more = True
        while more:
            message = await receive()
            taken += len(message.get("body", b""))
            more = message.get("more_body", False)

    await _door(pages)(SOCKET, receive, _sent)
    assert taken <= 4 * len(CHUNK)


async def _sent(_: Message) -> None:
    return


def _door(pages: ASGIApp) -> PagesDoor:
    return PagesDoor(
        pages,
        pages,
        access=cast(PageAccess, _Everybody()),
        login=cast(Any, None),
        guards=Guards(Origin([]), RateLimit(0), RequestDurations(CollectorRegistry())),
        paths=["/"],
    )


class _Everybody:
    """Lets everybody in."""

    async def principal(self, *_: object, **__: object) -> Principal:
        return LOCAL
