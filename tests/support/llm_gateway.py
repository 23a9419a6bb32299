"""A gateway before the simulated endpoint: some texts it refuses, and it renames the model."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from stream_service.devkit.llm_simulator import LlmSimulator

Refuse = Callable[[], web.Response]


def moderated() -> web.Response:
    """As OpenRouter answers what its moderation has flagged."""
    message = 'Your chosen model requires moderation and your input was flagged for "violence"'
    return web.json_response({"error": {"code": 403, "message": message}}, status=403)


def blocked() -> web.Response:
    """As a firewall answers what it takes for an attack: it says nothing of texts or filters."""
    page = "<html><title>403 Forbidden</title><h1>Forbidden</h1></html>"
    return web.Response(text=page, status=403, content_type="text/html")


@dataclass
class Gateway:
    """What it does, and what it was asked."""

    simulator: LlmSimulator
    refuse: Refuse = moderated
    refused_word: str = "flagged-text"
    """A request that holds it is refused; so is everything with the empty word."""
    prefix: str = ""
    """Stands before the model's name in every answer."""
    base_url: str = ""
    asked: list[str] = field(default_factory=list[str])
    """The customers' words or the probe's, one entry a request."""
    refused: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Refuse, or ask the simulator."""
        body = await request.read()
        text = json.loads(body)["messages"][-1]["content"]
        self.asked.append(text)
        if self.refused_word in text:
            self.refused += 1
            return self.refuse()
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                f"{self.simulator.base_url}/chat/completions",
                data=body,
                headers={"content-type": "application/json"},
            ) as response,
        ):
            answer = await response.json()
            if "model" in answer:
                answer["model"] = self.prefix + answer["model"]
            return web.json_response(answer, status=response.status)


@asynccontextmanager
async def gateway_before(simulator: LlmSimulator) -> AsyncGenerator[Gateway]:
    """Serve on a free port until the block ends."""
    gateway = Gateway(simulator)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", gateway.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        gateway.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield gateway
    finally:
        await runner.cleanup()
