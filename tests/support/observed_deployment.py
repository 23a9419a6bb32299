"""A worker under load, a lag exporter, a console, and a Prometheus that scrapes them."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx

from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.events import event_record
from stream_service.contracts.faults import Fault as RecordFault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.devkit.kafka.ports import LOOPBACK, choose_free
from stream_service.devkit.llm_simulator import Behaviour, Fault, Latency, SimulatorProcess
from tests.support.cluster import Cluster
from tests.support.console_process import ConsoleProcess
from tests.support.decisions import decision, review_places
from tests.support.feedback import TEXTS
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.prometheus import Prometheus, running_prometheus
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, SHORT_SESSION, environment, flags, worker

_PAUSE_S = 0.2
"""Between two rounds of load: a hundred events a second, and time for others."""

_LAST_ROUND_S = 60.0

_MODEL = Behaviour(
    latency=Latency(mean_s=0.2),
    faults={Fault.RATE_LIMIT_MS: 0.05, Fault.MISSING_USAGE: 0.05, Fault.CUT_JSON: 0.05},
    retry_after_s=0.1,
)
"""Answers most, and does now and then what models do: what fails has series too."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What runs, and who watches it."""

    prometheus: Prometheus
    worker: subprocess.Popen[bytes]
    lag_exporter: subprocess.Popen[bytes]
    console: ConsoleProcess


@asynccontextmanager
async def observed_deployment(cluster: Cluster, folder: Path) -> AsyncGenerator[Deployment]:
    """Keep all of it running and under load until the end of the block."""
    await cluster.create_topics(partitions=2)
    worker_port, lag_port, console_port = choose_free(3)
    targets = {
        "stream-service-worker": [f"{LOOPBACK}:{worker_port}"],
        "stream-service-lag": [f"{LOOPBACK}:{lag_port}"],
        "stream-service-console": [f"{LOOPBACK}:{console_port}"],
    }
    with OtlpReceiver().running() as receiver:
        async with SimulatorProcess.start(_MODEL) as model:
            settings = (
                SHORT_SESSION,
                f"metrics.port={worker_port}",
                f"llm.base_url={model.base_url}",
                "local.encoder=universal",
                "tracing.enabled=true",
                f"tracing.endpoint={receiver.endpoint}",
            )
            with (
                worker(cluster, *settings) as judging,
                _lag_exporter(cluster, lag_port) as exporting,
            ):
                async with (
                    _console(cluster, console_port, folder) as console,
                    running_prometheus(folder, targets) as prometheus,
                ):
                    await _one_dead_letter_of_ours(cluster)
                    enough = asyncio.Event()
                    load = asyncio.create_task(_load(cluster, enough))
                    try:
                        await _one_dead_letter_is_sent_back(console)
                        yield Deployment(prometheus, judging, exporting, console)
                    finally:
                        enough.set()
                        await asyncio.wait_for(load, _LAST_ROUND_S)


async def _load(cluster: Cluster, enough: asyncio.Event) -> None:
    """Texts of which half are new, records that are none, and a decision on every item."""
    decided: set[str] = set()
    for number in count():
        if enough.is_set():
            return
        events = [_event(cluster, number, one) for one in range(20)]
        await cluster.publish([*events, events[0]])
        await cluster.publish_values(b"no JSON", key=None)
        if number % 2 == 0:
            places = await review_places(cluster)
            waiting = sorted(places.keys() - decided)[:2]
            decided.update(waiting)
            await cluster.publish(
                [decision(cluster, one, places[one], f"decision-{one}") for one in waiting]
            )
        await asyncio.sleep(_PAUSE_S)


def _event(cluster: Cluster, number: int, one: int) -> OutputRecord:
    name, text = f"{number}-{one}", TEXTS[one % len(TEXTS)]
    # Odd ones are found in the cache of answers.
    event = FeedbackEvent(
        event_id=name, customer_id=name, text=text if one % 2 else f"{text} {name}"
    )
    return event_record(cluster.topics.events, event, datetime.now(UTC))


@contextmanager
def _lag_exporter(cluster: Cluster, port: int) -> Generator[subprocess.Popen[bytes]]:
    """Looks twice a second, and a standstill is told after three looks."""
    given = (f"lag.port={port}", "lag.interval_s=0.5", "lag.window_rounds=3")
    ours = (f"lag.groups={cluster.topics.prefix}.*", f"lag.topics={cluster.topics.prefix}.*")
    words = [word for setting in (*given, *ours) for word in ("--set", setting)]
    process = subprocess.Popen(
        [*COMMAND, *flags(cluster), *words, "lag-exporter"],
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


@asynccontextmanager
async def _console(cluster: Cluster, port: int, folder: Path) -> AsyncGenerator[ConsoleProcess]:
    console = ConsoleProcess(cluster, f"sqlite:///{folder / 'console.db'}", port)
    try:
        async with httpx.AsyncClient(timeout=20) as client:
            await console.start(client)
        yield console
    finally:
        console.kill()


async def _one_dead_letter_of_ours(cluster: Cluster) -> None:
    """As a worker sets a record aside that it fails at: none of this load makes it fail."""
    now = datetime.now(UTC)
    topic, timestamp_ms = cluster.topics.events, round(now.timestamp() * 1000)
    record = InputRecord(
        topic=topic, partition=0, offset=0, timestamp_ms=timestamp_ms, key=b"k", value=b"{}"
    )
    letter = DeadLetter(
        topic=topic,
        partition=0,
        offset=0,
        timestamp_ms=timestamp_ms,
        fault=RecordFault.JUDGE_FAILED,
        error_class="RuntimeError",
        message="it failed",
        failed_at=now,
    )
    dead_letters = cluster.topics.dead_letters
    await cluster.publish([dead_letter_record(dead_letters, record, letter, 1_000_000)])


async def _one_dead_letter_is_sent_back(console: ConsoleProcess) -> None:
    async with httpx.AsyncClient(base_url=console.url, timeout=20) as client:

        async def is_sent_back() -> bool:
            query = {"reason": RecordFault.NOT_JSON.value, "limit": 1}
            found = (await client.get("/v1/dead-letters", params=query)).json()["items"]
            ids = [letter["id"] for letter in found]
            answer = await client.post("/v1/dead-letters/redrive", json={"ids": ids})
            return [one["status"] for one in answer.json().get("items", ())] == ["redriven"]

        await until(is_sent_back, "a dead letter to be sent back", timeout_s=60)
