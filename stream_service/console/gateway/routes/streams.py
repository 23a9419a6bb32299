"""Replies and reviews as they come, as server-sent events."""

from collections.abc import AsyncGenerator

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from stream_service.console.gateway.requests import Console, Viewer, problems
from stream_service.console.live.hub import LiveHub, TooManyWatchers

router = APIRouter(tags=["streams"])

_PING_S = 15.0
"""A comment goes out at least so often: proxies cut what is silent."""

_RESPONSES = {
    **problems(),
    200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": {
        "type": "string"}}}},
}  # fmt: skip


@router.get("/v1/streams/replies", responses=_RESPONSES, response_class=StreamingResponse)
async def stream_replies(request: Request, console: Console, _: Viewer) -> StreamingResponse:
    """Replies as they are published. A slow reader loses the oldest and is told how many."""
    return _stream(request, console.hub, console.topics.replies, "reply")


@router.get("/v1/streams/reviews", responses=_RESPONSES, response_class=StreamingResponse)
async def stream_reviews(request: Request, console: Console, _: Viewer) -> StreamingResponse:
    """Review items as they are published. A slow reader loses the oldest and is told how many."""
    return _stream(request, console.hub, console.topics.reviews, "review")


def _stream(request: Request, hub: LiveHub, topic: str, kind: str) -> StreamingResponse:
    if hub.is_full:
        raise TooManyWatchers("no more live views can be opened; close some, or wait")
    return StreamingResponse(
        _events(request, hub, topic, kind),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _events(request: Request, hub: LiveHub, topic: str, kind: str) -> AsyncGenerator[bytes]:
    stopping = request.app.state.stopping
    with hub.watch(topic) as watch:
        yield b": open\n\n"
        while not stopping.is_set():
            records, dropped = await watch.take(_PING_S)
            if dropped:
                yield b"event: dropped\ndata: " + orjson.dumps({"count": dropped}) + b"\n\n"
            for record in records:
                # JSON of ours has no line breaks; what else is on the topic may have.
                data = record.document.replace(b"\r", b" ").replace(b"\n", b" ")
                yield (f"id: {record.place}\nevent: {kind}\ndata: ".encode() + data + b"\n\n")
            if not records:
                yield b": still here\n\n"
