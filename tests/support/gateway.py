"""A whole console in the test's process, asked over a real socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from stream_service.console.access.authenticating import AccessOptions
from stream_service.console.gateway.app import GatewayOptions, create_gateway
from stream_service.console.gateway.server import listen, serve
from stream_service.console.services import ConsoleOptions, Services, console_services
from stream_service.streaming.judging.judge import Judge
from tests.support.cluster import Cluster
from tests.support.waiting import until


@dataclass(frozen=True)
class RunningConsole:
    """A console, and somebody who asks it."""

    services: Services
    client: httpx.AsyncClient
    port: int

    async def feedback_has(self, event_id: str, status: str) -> dict[str, Any]:
        """Wait until the event has ``status``; returns the answer."""
        answer: dict[str, Any] = {}

        async def has() -> bool:
            nonlocal answer
            answer = (await self.client.get(f"/v1/feedback/{event_id}")).json()
            return answer.get("status") == status

        await until(has, f"{event_id} to be {status}")
        return answer

    async def review_has(self, event_id: str, status: str) -> dict[str, Any]:
        """Wait until the review has ``status``; returns the answer."""
        answer: dict[str, Any] = {}

        async def has() -> bool:
            nonlocal answer
            answer = (await self.client.get(f"/v1/reviews/{event_id}")).json()
            return answer.get("status") == status

        await until(has, f"the review of {event_id} to be {status}")
        return answer


@asynccontextmanager
async def running_console(
    cluster: Cluster,
    database_url: str,
    *,
    judge: Judge | None = None,
    access: AccessOptions | None = None,
    gateway: GatewayOptions | None = None,
    wait_for_kafka: bool = True,
) -> AsyncGenerator[RunningConsole]:
    options = ConsoleOptions(
        database_url=database_url,
        connection=cluster.connection,
        topics=cluster.topics,
        judge=judge,
        access=access or AccessOptions(),
        lag_interval_s=0.5,
    )
    listening = listen("127.0.0.1", 0)
    port: int = listening.getsockname()[1]
    stop = asyncio.Event()
    async with console_services(options) as services:
        task = asyncio.create_task(
            serve(create_gateway(services, gateway or GatewayOptions()), services, listening, stop)
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                if wait_for_kafka:
                    await asyncio.wait_for(services.publisher.wait_until_there(), 30)
                yield RunningConsole(services, client, port)
        finally:
            stop.set()
            await asyncio.wait_for(task, 30)
