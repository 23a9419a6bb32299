"""The same figures of a real worker on a real broker: requests, appends, connections, CPU."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.conn import AIOKafkaConnection

from benchmarks.scaling.load import Load
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, running
from tests.support.judges import EchoJudge
from tests.support.waiting import until

_START_TIMEOUT_S = 120.0
_SETTLE_S = 5.0
"""What waited while sessions opened is worked off before anything is counted."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_STATE_TOPIC, _OFFSETS_TOPIC = "__transaction_state", "__consumer_offsets"
_COORDINATOR_THREAD = "group-coordinat"
"""Linux keeps 15 characters of a thread's name: ``group-coordinator-event-processor-N``."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one run, a second where nothing else is said."""

    transactions: float
    commit_s: float
    """Mean duration of a commit."""
    events: float
    requests: Mapping[str, float]
    """By type, as the worker sent them."""
    state_appends: float
    """Records to __transaction_state."""
    offsets_appends: float
    """Records and markers to __consumer_offsets."""
    state_bytes: float
    offsets_bytes: float
    connections: int
    broker_cpu_ms_per_transaction: float
    worker_cpu_ms_per_transaction: float
    coordinator_thread_ms_per_transaction: float
    """Of the broker's threads that write a group's offsets."""


class _Requests:
    """Counts what the clients of this process send, and the connections that they have open."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.connections: set[Any] = set()


@contextmanager
def _counted() -> Generator[_Requests]:
    counted, connection = _Requests(), cast(Any, AIOKafkaConnection)
    send = connection.send

    def counting(self: Any, request: Any, expect_response: bool = True) -> Any:
        counted.sent[type(request).__name__] += 1
        counted.connections.add(self)
        return send(self, request, expect_response)

    connection.send = counting
    try:
        yield counted
    finally:
        connection.send = send


class _Commits(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.durations: list[float] = []
        self.published = 0

    def committed(self, partition: Any, frontier: int, duration_s: float) -> None:
        self.durations.append(duration_s)

    def outcome_published(self, partition: Any, outcome: Any) -> None:
        self.published += 1


async def measure(kafka: EmbeddedKafka, load: Load, *, seconds: float) -> Measured:
    """Run the engine with all partitions in this process for so long."""
    cluster = Cluster(kafka.bootstrap_servers, Topics(f"s{uuid4().hex[:10]}."))
    await cluster.create_topics(partitions=load.partitions)
    limits = StreamLimits(
        commit_interval_s=load.commit_interval_s,
        in_flight=10_000,
        session_timeout_s=load.session_timeout_s,
    )

    async def work(_event: FeedbackEvent) -> None:
        await asyncio.sleep(load.judge_s)

    commits = _Commits()
    with _counted() as requests:
        async with (
            running(cluster, EchoJudge(work), limits=limits, recorder=commits),
            _published(cluster, load),
        ):
            # Of the events' partitions and of the decisions'.
            await until(
                lambda: len(commits.started) >= 2 * load.partitions,
                "all sessions",
                timeout_s=_START_TIMEOUT_S,
            )
            await asyncio.sleep(_SETTLE_S)
            before = await _Snapshot.take(kafka, requests, commits)
            await asyncio.sleep(seconds)
            after = await _Snapshot.take(kafka, requests, commits)
    return after.since(before)


@asynccontextmanager
async def _published(cluster: Cluster, load: Load) -> AsyncGenerator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.scaling.publisher", "--servers", cluster.bootstrap_servers),
        *("--prefix", cluster.topics.prefix, "--rate", str(load.events_per_s)),
        *("--review-share", str(load.review_share)),
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class _Snapshot:
    at_s: float
    sent: Mapping[str, int]
    connections: int
    commits: int
    durations_s: float
    published: int
    state_end: int
    offsets_end: int
    state_size: int
    offsets_size: int
    broker_cpu_s: float
    worker_cpu_s: float
    coordinator_cpu_s: float

    @classmethod
    async def take(
        cls, kafka: EmbeddedKafka, requests: _Requests, commits: _Commits
    ) -> "_Snapshot":
        pids = [pid for pid in kafka.pids if pid is not None]
        # Counted first: what follows is the measuring itself.
        sent = dict(requests.sent)
        connections = sum(1 for one in requests.connections if one.connected())
        taken = (time.perf_counter(), len(commits.durations), sum(commits.durations))
        at_s, count, durations_s = taken
        published, worker = commits.published, time.process_time()
        broker = sum(map(_cpu_s, pids))
        coordinator = sum(_threads_cpu_s(pid, _COORDINATOR_THREAD) for pid in pids)
        ends = await _ends(kafka.bootstrap_servers)
        return cls(
            at_s=at_s,
            sent=sent,
            connections=connections,
            commits=count,
            durations_s=durations_s,
            published=published,
            state_end=ends[_STATE_TOPIC],
            offsets_end=ends[_OFFSETS_TOPIC],
            state_size=_log_bytes(kafka.data_dir, _STATE_TOPIC),
            offsets_size=_log_bytes(kafka.data_dir, _OFFSETS_TOPIC),
            broker_cpu_s=broker,
            worker_cpu_s=worker,
            coordinator_cpu_s=coordinator,
        )

    def since(self, before: "_Snapshot") -> Measured:
        seconds, commits = self.at_s - before.at_s, self.commits - before.commits

        def a_second(now: float, then: float) -> float:
            return (now - then) / seconds

        def ms_each(now_s: float, then_s: float) -> float:
            return (now_s - then_s) * 1000 / commits

        return Measured(
            transactions=commits / seconds,
            commit_s=(self.durations_s - before.durations_s) / commits,
            events=a_second(self.published, before.published),
            requests={
                # How a request is named here: AddOffsetsToTxnRequest.
                name.removesuffix("Request"): a_second(count, before.sent.get(name, 0))
                for name, count in sorted(self.sent.items())
            },
            state_appends=a_second(self.state_end, before.state_end),
            offsets_appends=a_second(self.offsets_end, before.offsets_end),
            state_bytes=a_second(self.state_size, before.state_size),
            offsets_bytes=a_second(self.offsets_size, before.offsets_size),
            connections=self.connections,
            broker_cpu_ms_per_transaction=ms_each(self.broker_cpu_s, before.broker_cpu_s),
            worker_cpu_ms_per_transaction=ms_each(self.worker_cpu_s, before.worker_cpu_s),
            coordinator_thread_ms_per_transaction=ms_each(
                self.coordinator_cpu_s, before.coordinator_cpu_s
            ),
        )


async def _ends(servers: str) -> dict[str, int]:
    """Summed log ends of the two internal topics: each record and marker has an offset."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        found: dict[str, int] = {}
        for topic in (_STATE_TOPIC, _OFFSETS_TOPIC):
            consumer._client.add_topic(topic)
            await consumer._client.force_metadata_update()
            numbers = consumer.partitions_for_topic(topic) or ()
            ends = await consumer.end_offsets([TopicPartition(topic, one) for one in numbers])
            found[topic] = sum(ends.values())
        return found
    finally:
        await consumer.stop()


def _log_bytes(folder: Path, topic: str) -> int:
    # A replica's are counted at each broker that has one.
    return sum(path.stat().st_size for path in folder.rglob(f"{topic}-*/*.log"))


def _cpu_s(pid: int) -> float:
    return _stat_cpu_s(Path(f"/proc/{pid}/stat"))


def _threads_cpu_s(pid: int, name: str) -> float:
    return sum(
        _stat_cpu_s(task / "stat")
        for task in Path(f"/proc/{pid}/task").iterdir()
        if (task / "comm").read_text().strip() == name
    )


def _stat_cpu_s(path: Path) -> float:
    # Behind the name, which may hold blanks: utime and stime are the 12th and 13th.
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
