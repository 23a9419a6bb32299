"""The simulator as an object in a test or a benchmark, or behind the command."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.control import add_control
from stream_service.devkit.llm_simulator.endpoint import LARGEST_BODY, Endpoint
from stream_service.devkit.llm_simulator.traffic import Traffic

LOOPBACK = "127.0.0.1"

BACKLOG = 4096
"""Connections that may come at once: thousands of requests begin together in a benchmark."""

SHUTDOWN_TIMEOUT_S = 0.05
"""At the end nobody waits for an answer, and hanging ones never come; aiohttp takes 0 for ever."""


class LlmSimulator:
    """A running OpenAI-compatible server that no model stands behind. Make one with ``start``."""

    def __init__(self, endpoint: Endpoint, runner: web.AppRunner, host: str, port: int) -> None:
        self._endpoint = endpoint
        self._runner = runner
        self._host = host
        self._port = port

    @classmethod
    @asynccontextmanager
    async def start(
        cls, behaviour: Behaviour | None = None, *, host: str = LOOPBACK, port: int = 0
    ) -> "AsyncGenerator[LlmSimulator]":
        """Serve until the block ends; port 0 takes a free one. Raises OSError if it is taken."""
        endpoint = Endpoint(behaviour or Behaviour())
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post("/v1/chat/completions", endpoint.complete)
        app.router.add_get("/v1/models", endpoint.models)
        add_control(app, endpoint)
        # A client that goes away ends its handler.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_TIMEOUT_S
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, backlog=BACKLOG)
            await site.start()
            yield cls(endpoint, runner, host, runner.addresses[0][1])
        finally:
            await runner.cleanup()

    @property
    def base_url(self) -> str:
        """What an OpenAI client is given as its base URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/v1"

    @property
    def requests(self) -> Traffic:
        """What has been asked so far."""
        return self._endpoint.traffic

    @property
    def behaviour(self) -> Behaviour:
        """How the next request will be answered."""
        return self._endpoint.behaviour

    def behave(self, behaviour: Behaviour | None = None, **changes: Any) -> None:
        """Answer requests from now on so, or as until now with some fields changed.

        The script begins anew. Requests that already hang or wait stay as they are.
        """
        self._endpoint.behaviour = replace(behaviour or self.behaviour, **changes)

    @asynccontextmanager
    async def unreachable(self) -> AsyncGenerator[None]:
        """Refuse connections on the port while the block lasts, and cut those that are there."""
        for site in list(self._runner.sites):
            await site.stop()
        server = self._runner.server
        if server is not None:
            for connection in list(server.connections):
                connection.force_close()
        try:
            yield
        finally:
            site = web.TCPSite(self._runner, self._host, self._port, backlog=BACKLOG)
            await site.start()
