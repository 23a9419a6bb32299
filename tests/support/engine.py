"""The streaming engine, run inside the test's own process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from stream_service.contracts.codec import decode
from stream_service.contracts.reply import Reply
from stream_service.observe.observers import StreamObservers
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.input_topics import decisions_subscription, events_subscription
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from tests.support.cluster import Cluster
from tests.support.waiting import until


class Recorder(StreamObserver):
    """Keeps what the engine tells."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.outcomes: list[Outcome] = []
        self.started: list[tuple[Partition, int, int]] = []
        self.failures: list[tuple[Partition, FailureReason, str]] = []
        self.retries: list[tuple[int, int, str]] = []
        self.retried_traces: list[str | None] = []
        self.unreadable_maps: list[str] = []
        self.commits: list[tuple[Partition, int]] = []
        self.polls_failed: list[str] = []
        self.polls = 0
        self.log_resets: list[tuple[int, int, int]] = []
        self.begun_without_commit: list[tuple[Partition, int, int]] = []
        self.without_leader: list[frozenset[Partition]] = []
        self.assignments: list[frozenset[Partition]] = []
        self.revocations: list[frozenset[Partition]] = []

    def polled(self) -> None:
        self.polls += 1

    def partitions_assigned(self, partitions: frozenset[Partition]) -> None:
        self.assignments.append(partitions)

    def partitions_revoked(self, partitions: frozenset[Partition]) -> None:
        self.revocations.append(partitions)

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        self.started.append((partition, frontier, completed_ahead))

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        self.failures.append((partition, reason, detail))

    def offset_map_unreadable(self, partition: Partition, detail: str) -> None:
        self.unreadable_maps.append(detail)

    def begins_without_commit(self, partition: Partition, beginning: int, end: int) -> None:
        self.begun_without_commit.append((partition, beginning, end))

    def log_reset(self, partition: Partition, committed: int, end: int, goes_on_at: int) -> None:
        self.log_resets.append((committed, end, goes_on_at))

    def judge_retried(
        self, partition: Partition, offset: int, attempt: int, error: str, trace_id: str | None
    ) -> None:
        self.retries.append((offset, attempt, error))
        self.retried_traces.append(trace_id)

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        self.commits.append((partition, frontier))

    def poll_failed(self, error: str) -> None:
        self.polls_failed.append(error)

    def partitions_without_leader(self, partitions: frozenset[Partition]) -> None:
        self.without_leader.append(partitions)


GROUP = "engine"

QUICK = StreamLimits(session_timeout_s=6, drain_timeout_s=0.5)
"""Tests of rebalances wait for nobody longer than a broker demands."""


@asynccontextmanager
async def running(
    cluster: Cluster,
    judge: Judge,
    *,
    limits: StreamLimits | None = None,
    group_id: str | None = None,
    intake: Intake | None = None,
    group_instance_id: str | None = None,
    leave_at_stop: bool = False,
    recorder: Recorder | None = None,
    observers: Sequence[StreamObserver] = (),
) -> AsyncGenerator[Recorder]:
    """Run one consumer for the block; it is stopped cleanly at the end."""
    recorder = recorder or Recorder()
    topics = cluster.topics
    consumer = StreamConsumer(
        connection=cluster.connection,
        group_id=group_id or group_of(cluster),
        subscriptions=(
            events_subscription(judge, topics, limits or StreamLimits(), intake),
            decisions_subscription(cluster.connection, topics),
        ),
        dead_letters=DeadLetters(topics.dead_letters),
        limits=limits,
        observer=StreamObservers((*observers, recorder)) if observers else recorder,
        group_instance_id=group_instance_id,
        leave_at_stop=leave_at_stop,
    )
    stop = asyncio.Event()
    task = asyncio.create_task(consumer.run(stop))
    task.add_done_callback(lambda _: recorder.ended.set())
    try:
        await until(lambda: bool(recorder.started) or task.done(), "a session")
        yield recorder
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)


def group_of(cluster: Cluster) -> str:
    """A consumer group that no other test uses."""
    return f"{cluster.topics.prefix}{GROUP}"


async def outcomes_reach(recorder: Recorder, count: int) -> None:
    """Wait until ``count`` outcomes are confirmed by the broker."""
    await until(lambda: len(recorder.outcomes) >= count, f"{count} outcomes")


async def replied_event_ids(cluster: Cluster) -> Sequence[str]:
    """The event ids of all committed replies, in the order of the topic."""
    return [
        decode(Reply, record.value).event_id
        for record in await cluster.read_committed(cluster.topics.replies)
    ]


def event_ids(count: int) -> Sequence[str]:
    """Of ``numbered`` events, sorted as text."""
    return sorted(f"e{number}" for number in range(count))


async def each_replied_once(cluster: Cluster, count: int) -> None:
    """Wait for as many replies, and see that none came twice."""
    await until_all_replied(cluster, count)
    assert sorted(await replied_event_ids(cluster)) == event_ids(count)


async def until_all_replied(cluster: Cluster, count: int) -> None:
    """Wait until every one of the first ``count`` events has a reply."""

    async def all_there() -> bool:
        return set(await replied_event_ids(cluster)) >= set(event_ids(count))

    await until(all_there, f"{count} replies", timeout_s=60)
