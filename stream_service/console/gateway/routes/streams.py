"""Replies and reviews as they come, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from stream_service.console.access.authenticating import Authenticator
from stream_service.console.access.roles import Permission
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.gateway.guards import headers_of
from stream_service.console.gateway.requests import Console, Viewer, problems
from stream_service.console.live.hub import TooManyWatchers
from stream_service.console.services import Services

router = APIRouter(tags=["streams"])

_PING_S = 15.0
"""A comment goes out at least so often: proxies cut what is silent."""

_STILL_IN_S = 2.0
"""How often a stream asks whether its token is still in force; with the time that one is remembered
an open stream ends within some seconds, as everything else that is asked with it."""

_RESPONSES = {
    **problems(),
    200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": {
        "type": "string"}}}},
}  # fmt: skip


@router.get("/v1/streams/replies", responses=_RESPONSES, response_class=StreamingResponse)
async def stream_replies(request: Request, console: Console, _: Viewer) -> StreamingResponse:
    """Replies as they are published. A slow reader loses the oldest and is told how many."""
    return _stream(request, console, console.topics.replies, "reply")


@router.get("/v1/streams/reviews", responses=_RESPONSES, response_class=StreamingResponse)
async def stream_reviews(request: Request, console: Console, _: Viewer) -> StreamingResponse:
    """Review items as they are published. A slow reader loses the oldest and is told how many."""
    return _stream(request, console, console.topics.reviews, "review")


def _stream(request: Request, console: Services, topic: str, kind: str) -> StreamingResponse:
    if console.hub.is_full:
        raise TooManyWatchers("no more live views can be opened; close some, or wait")
    return StreamingResponse(
        _events(request, console, topic, kind),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _events(
    request: Request, console: Services, topic: str, kind: str
) -> AsyncGenerator[bytes]:
    stopping, asked = request.app.state.stopping, _Asked(request, console.authenticator)
    clock = asyncio.get_running_loop().time
    with console.hub.watch(topic) as watch:
        yield b": open\n\n"
        sent_at = clock()
        while not stopping.is_set():
            records, dropped = await watch.take(_STILL_IN_S)
            # Before anything of what has come goes out.
            if not await asked.may_go_on():
                return
            if dropped:
                yield b"event: dropped\ndata: " + orjson.dumps({"count": dropped}) + b"\n\n"
            for record in records:
                # JSON of ours has no line breaks; what else is on the topic may have.
                data = record.document.replace(b"\r", b" ").replace(b"\n", b" ")
                yield (f"id: {record.place}\nevent: {kind}\ndata: ".encode() + data + b"\n\n")
            if records:
                sent_at = clock()
            elif clock() - sent_at >= _PING_S:
                yield b": still here\n\n"
                sent_at = clock()


class _Asked:
    """Who asked for a stream, and whether they still may see it."""

    def __init__(self, request: Request, authenticator: Authenticator) -> None:
        self._headers = headers_of(request.scope)
        self._peer = None if request.client is None else request.client.host
        self._authenticator = authenticator
        self._clock = asyncio.get_running_loop().time
        self._looked_at = self._clock()

    async def may_go_on(self) -> bool:
        """Looked up now and then; while the database is away what was known holds."""
        if self._clock() - self._looked_at < _STILL_IN_S:
            return True
        self._looked_at = self._clock()
        try:
            principal = await self._authenticator.principal(self._headers, self._peer)
        except DatabaseUnavailable:
            return True
        return principal is not None and principal.may(Permission.VIEW)
