"""The service at work on a backlog."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from benchmarks.llm.outputs import Outputs, outputs_of
from benchmarks.llm_peers.measuring import feedback
from benchmarks.process import cpu_s, peak_memory_mb
from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.llm_simulator import SimulatorProcess
from stream_service.observe.lag.cluster_reader import Watched
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.observe.lag.patterns import NamePattern
from stream_service.observe.lag.snapshot import GroupSummary
from stream_service.streaming.publishing.publisher import RecordPublisher
from tests.support.cluster import Cluster
from tests.support.waiting import until
from tests.support.worker_process import worker

PARTITIONS = 4

START_TIMEOUT_S = 60.0
"""From the worker's start to its first output: it loads a model of its own and joins its group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """One backlog, worked off."""

    events_per_s: float
    """With all places taken, so without the first and the last events."""
    cpu_ms_per_event: float
    peak_memory_mb: float
    lost: int
    doubled: int
    degraded_share: float
    prompt_tokens_per_event: float
    calls_per_event: float


@dataclass(frozen=True, slots=True)
class Service:
    """Running workers of one group with their topics, and what comes out of them."""

    cluster: Cluster
    pids: Sequence[int]
    outputs: Outputs

    def cpu_s(self) -> float:
        """Seconds of CPU that the workers have used, together."""
        return sum(cpu_s(pid) for pid in self.pids)

    def peak_memory_mb(self) -> float:
        """The most that one of them has held at once."""
        return max(peak_memory_mb(pid) for pid in self.pids)


def events_of(cluster: Cluster, count: int) -> list[OutputRecord]:
    """Events of as many customers, no two with the same text."""
    now = datetime.now(UTC)
    return [
        event_record(
            cluster.topics.events,
            FeedbackEvent(event_id=f"e{n}", customer_id=f"c{n}", text=text),
            now,
        )
        for n, text in enumerate(feedback(count))
    ]


async def publish(cluster: Cluster, records: Sequence[OutputRecord]) -> None:
    """Publish, and wait for every acknowledgement."""
    async with RecordPublisher(cluster.connection) as publisher:
        await publisher.publish(records)


async def new_cluster(servers: str) -> Cluster:
    """Topics that no other measurement uses."""
    cluster = Cluster(servers, Topics(f"b{uuid4().hex[:12]}."))
    await cluster.create_topics(partitions=PARTITIONS)
    return cluster


@asynccontextmanager
async def running_service(
    cluster: Cluster, simulator: SimulatorProcess, *settings: str, in_flight: int, workers: int = 1
) -> AsyncGenerator[Service]:
    """Workers with ``in_flight`` events and as many calls at once, each."""
    given = (
        f"llm.base_url={simulator.base_url}",
        f"llm.concurrency={in_flight}",
        f"consumer.in_flight={in_flight}",
        f"consumer.window_events={max(2_000, 2 * in_flight)}",
        *settings,
    )
    async with outputs_of(cluster) as outputs:
        with ExitStack() as stack:
            processes = [stack.enter_context(worker(cluster, *given)) for _ in range(workers)]
            await _joined(cluster, workers)
            yield Service(cluster, [process.pid for process in processes], outputs)


async def _joined(cluster: Cluster, workers: int) -> None:
    """Wait until all of them are members: no rebalance falls into what is measured."""
    group = f"{cluster.topics.prefix}workers"
    watched = Watched(groups=NamePattern(group))
    async with LagMonitor(cluster.connection, LagOptions(watched=watched)) as monitor:

        async def are_there() -> bool:
            return GroupSummary(group, "Stable", workers) in (await monitor.collect()).groups

        await until(are_there, f"{workers} members", timeout_s=START_TIMEOUT_S)


async def work_off(
    servers: str,
    simulator: SimulatorProcess,
    *settings: str,
    in_flight: int,
    events: int,
    workers: int = 1,
    timeout_s: float = 300.0,
) -> Backlog:
    """Work off ``events``, which must be several times ``in_flight`` of all workers."""
    cluster = await new_cluster(servers)
    await publish(cluster, events_of(cluster, events))
    before = await simulator.requests()
    all_in_flight = in_flight * workers
    async with running_service(
        cluster, simulator, *settings, in_flight=in_flight, workers=workers
    ) as service:
        outputs = service.outputs
        await outputs.reach(1, START_TIMEOUT_S)
        # Two rounds: the first ones find connections that are still being opened.
        await outputs.reach(2 * all_in_flight, timeout_s)
        asked, began, used = await _asked(simulator), time.perf_counter(), service.cpu_s()
        await outputs.reach(events - all_in_flight, timeout_s)
        asked = await _asked(simulator) - asked
        seconds, used = time.perf_counter() - began, service.cpu_s() - used
        await outputs.reach(events - outputs.dead_letters, timeout_s)
        memory_mb = service.peak_memory_mb()
    after = await simulator.requests()
    calls_per_event = (after["total"] - before["total"]) / events
    # By what was asked meanwhile and not by what was published: outcomes that gather before the
    # interval and are published in it would count without the CPU that they took.
    counted = asked / calls_per_event
    return Backlog(
        events_per_s=counted / seconds,
        cpu_ms_per_event=used * 1000 / counted,
        peak_memory_mb=memory_mb,
        lost=events - outputs.count,
        doubled=outputs.doubled,
        degraded_share=len(outputs.degraded) / events,
        prompt_tokens_per_event=(after["prompt_tokens"] - before["prompt_tokens"]) / events,
        calls_per_event=calls_per_event,
    )


async def _asked(simulator: SimulatorProcess) -> int:
    return (await simulator.requests())["total"]
