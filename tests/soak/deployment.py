"""All that runs: what is disturbed, and where people go."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.kafka.ports import LOOPBACK, choose_free
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    Latency,
    LatencyShape,
    SimulatorProcess,
)
from tests.chaos.pool import WorkerPool, WorkerProgram
from tests.soak import namespace
from tests.soak.disk import SmallDisk, small_disk
from tests.soak.network import Network, SlowRelay, shaped_loopback
from tests.soak.schedule import SoakPlan
from tests.soak.store import ConsoleStore
from tests.support.cluster import Cluster
from tests.support.console_process import ConsoleProcess
from tests.support.postgres import running_postgres
from tests.support.worker_process import SHORT_SESSION, environment, flags

OUTAGE_PATIENCE_S = 20.0
"""Shorter than some outages of the model, and longer than others."""

CACHE_BYTES = 2_000_000
"""Of the model's answers: full within the first third of an hour's run, so that it does not look
like a leak. By default it is eight times as large."""

_LAG_INTERVAL_S = 2.0
_PG_SETTINGS = {"max_wal_size": "128MB", "min_wal_size": "32MB"}

_FAULTS = (
    Fault.RATE_LIMIT_MS,
    Fault.SERVER_ERROR,
    Fault.UNAVAILABLE,
    Fault.RESET,
    Fault.HTML,
    Fault.CUT_JSON,
    Fault.PROSE,
    Fault.REFUSAL,
    Fault.EMPTY_CHOICES,
    Fault.MISSING_USAGE,
)

MODEL = Behaviour(
    latency=Latency(mean_s=0.4, shape=LatencyShape.LOGNORMAL),
    faults=dict.fromkeys(_FAULTS, 0.005),
    retry_after_s=0.2,
)
"""5 % of the calls fail, in ten ways."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A whole service, and the hands to disturb it."""

    kafka: EmbeddedKafka
    cluster: Cluster
    group_id: str
    model: SimulatorProcess
    pool: WorkerPool
    console: ConsoleProcess
    lag_exporter: subprocess.Popen[bytes]
    lag_port: int
    store: ConsoleStore
    network: Network
    logs: Path
    vitals: Path

    def processes(self) -> Mapping[str, int]:
        """Names and process ids of those of the service that run now."""
        found = {worker.name: worker.pid for worker in self.pool.alive}
        if self.console.process is not None:
            found["console"] = self.console.process.pid
        found["lag-exporter"] = self.lag_exporter.pid
        return found


def not_possible(*, has_small_disk: bool, network: Network) -> Mapping[str, str]:
    """What this machine does not allow, and what was done instead."""
    missing: dict[str, str] = {}
    if not has_small_disk:
        missing["disk-full"] = "left out: a small file system can only be mounted by root"
    if isinstance(network, SlowRelay):
        missing["slow-network"] = f"by {network.name}: tc needs a network namespace, and root"
    return missing


@asynccontextmanager
async def deployed(
    plan: SoakPlan, folder: Path, tell: Callable[[str], None]
) -> AsyncGenerator[Deployment]:
    """Start all of it; at the end of the block whatever is left of it is killed."""
    logs, vitals = folder / "logs", folder / "vitals"
    logs.mkdir()
    vitals.mkdir()
    async with AsyncExitStack() as stack:
        disk = _disk(stack, folder)
        server = stack.enter_context(
            running_postgres(None if disk is None else disk.folder, **_PG_SETTINGS)
        )
        kafka = await stack.enter_async_context(EmbeddedKafka.start(brokers=plan.brokers))
        cluster = Cluster(kafka.bootstrap_servers, Topics("soak."))
        await cluster.create_topics(partitions=plan.partitions)
        model = await stack.enter_async_context(SimulatorProcess.start(MODEL))
        network, model_url = await _network(stack, model)
        group_id = f"{cluster.topics.prefix}workers"
        pool = WorkerPool(_worker(cluster, group_id, model_url, vitals), logs, tell, look_s=0.5)
        stack.callback(pool.reap)
        console_port, lag_port = choose_free(2)
        store = ConsoleStore(server, disk, tell)
        console = ConsoleProcess(
            cluster,
            store.url,
            console_port,
            settings=("log.format=json",),
            log=logs / "console.log",
            command=_inside(vitals),
        )
        stack.callback(console.kill)
        async with httpx.AsyncClient(timeout=20) as client:
            await console.start(client)
        exporter = stack.enter_context(_lag_exporter(cluster, lag_port, logs, vitals))
        yield Deployment(
            kafka=kafka,
            cluster=cluster,
            group_id=group_id,
            model=model,
            pool=pool,
            console=console,
            lag_exporter=exporter,
            lag_port=lag_port,
            store=store,
            network=network,
            logs=logs,
            vitals=vitals,
        )


def _inside(vitals: Path) -> Sequence[str]:
    return (sys.executable, "-m", "tests.soak.inside", str(vitals))


def _disk(stack: AsyncExitStack, folder: Path) -> SmallDisk | None:
    if not namespace.is_own():
        return None
    try:
        return stack.enter_context(small_disk(folder / "disk"))
    except OSError:
        return None


async def _network(stack: AsyncExitStack, model: SimulatorProcess) -> tuple[Network, str]:
    """What can be slowed down, and where workers find the model then."""
    if namespace.is_own() and (shaped := await asyncio.to_thread(shaped_loopback)):
        return shaped, model.base_url
    url = httpx.URL(model.base_url)
    assert url.port is not None
    relay = SlowRelay(url.host, url.port)
    await stack.enter_async_context(relay.running())
    return relay, str(url.copy_with(host=LOOPBACK, port=relay.port))


def _worker(cluster: Cluster, group_id: str, model_url: str, vitals: Path) -> WorkerProgram:
    settings = (
        SHORT_SESSION,
        "consumer.drain_timeout_s=2",
        "log.format=json",
        "local.encoder=universal",
        f"llm.base_url={model_url}",
        f"llm.outage_patience_s={OUTAGE_PATIENCE_S:g}",
        f"llm.cache_bytes={CACHE_BYTES}",
    )
    words = [word for setting in settings for word in ("--set", setting)]
    command = (*_inside(vitals), *flags(cluster), "--group-id", group_id, *words, "run")
    return WorkerProgram(
        command, begun=b'"begun"', working=b'"session_started"', environment=environment()
    )


@contextmanager
def _lag_exporter(
    cluster: Cluster, port: int, logs: Path, vitals: Path
) -> Generator[subprocess.Popen[bytes]]:
    ours = f"{cluster.topics.prefix}.*"
    settings = (
        f"lag.port={port}",
        f"lag.interval_s={_LAG_INTERVAL_S:g}",
        f"lag.groups={ours}",
        f"lag.topics={ours}",
        "log.format=json",
    )
    words = [word for setting in settings for word in ("--set", setting)]
    with (logs / "lag-exporter.log").open("ab") as log:
        process = subprocess.Popen(
            [*_inside(vitals), *flags(cluster), *words, "lag-exporter"],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment(),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
