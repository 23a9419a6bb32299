"""A whole console for browsers: the command, a worker and a Kafka, each as its users run it."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka.ports import choose_free
from tests.support.cluster import Cluster
from tests.support.console_process import STARTS_WITHIN_S, ConsoleProcess
from tests.support.waiting import until
from tests.support.worker_process import worker

_READY_S = 90.0
"""The worker's models take seconds to load, on a busy machine many."""


@dataclass(frozen=True)
class Stage:
    """A running console."""

    cluster: Cluster
    console: ConsoleProcess
    client: httpx.AsyncClient
    folder: Path

    @property
    def url(self) -> str:
        return self.console.url

    async def publish(self, text: str, **fields: object) -> str:
        """Publish as a developer does; returns the event's id."""
        answer = await self.client.post(f"{self.url}/v1/feedback", json={"text": text, **fields})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["event_id"])

    async def becomes(self, event_id: str, *statuses: str) -> str:
        """Wait until the event has one of ``statuses``; returns which."""
        status = ""

        async def has() -> bool:
            nonlocal status
            answer = await self.client.get(f"{self.url}/v1/feedback/{event_id}")
            status = str(answer.json().get("status"))
            return status in statuses

        await until(has, f"{event_id} to be {' or '.join(statuses)}", timeout_s=_READY_S)
        return status


@asynccontextmanager
async def running_stage(
    bootstrap_servers: str, *settings: str, works: bool = True, database_url: str | None = None
) -> AsyncGenerator[Stage]:
    """A console on topics and a database of its own; with a worker, unless ``works`` is false."""
    cluster = Cluster(bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
    await cluster.create_topics(partitions=2)
    [port] = choose_free(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        console = ConsoleProcess(
            cluster,
            database_url or f"sqlite:///{folder}/console.db",
            port,
            # The broker is shared: other tests' groups are none of this console's.
            ("lag.interval_s=1", f"lag.groups={cluster.topics.prefix}.*", *settings),
            folder / "console.log",
        )
        async with httpx.AsyncClient(timeout=30) as client:
            stage = Stage(cluster, console, client, folder)
            try:
                await console.start(client)
                await until(
                    lambda: _is_ready(stage), "the console to be ready", timeout_s=STARTS_WITHIN_S
                )
                if not works:
                    yield stage
                    return
                with worker(cluster, log=folder / "worker.log"):
                    first = await stage.publish("Is anybody there?", customer_id="first")
                    await stage.becomes(first, "replied", "in_review")
                    yield stage
            finally:
                console.kill()


async def _is_ready(stage: Stage) -> bool:
    return (await stage.client.get(f"{stage.url}/health/ready")).status_code == 200
