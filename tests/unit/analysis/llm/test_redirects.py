"""An endpoint that sends its callers elsewhere."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from pydantic import SecretStr

from stream_service.analysis.llm.client.client import LlmClient
from stream_service.analysis.llm.client.endpoint import Endpoint
from stream_service.analysis.llm.errors import Redirected

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[int]:
    """A server whose every path is handled so, and its port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_keys_and_texts_do_not_follow_a_redirect(status: int) -> None:
    reached: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        reached.append(f"{request.headers.get('api-key')} {await request.text()}")
        choice = {"message": {"content": "{}"}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice]})

    async with serving(elsewhere) as other:

        async def moved(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": f"http://localhost:{other}/"})

        async with serving(moved) as port:
            client = LlmClient(
                Endpoint(
                    model="m",
                    base_url=f"http://127.0.0.1:{port}/v1",
                    headers={"api-key": SecretStr("secret")},
                )
            )
            try:
                with pytest.raises(Redirected, match=f"status {status}"):
                    await client.complete((("user", "a customer's"),), {}, timeout_s=10)
            finally:
                await client.aclose()
    assert reached == []
