"""The whole job of each role, done by the service's own parts; what goes wrong in it is told."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from structlog.testing import capture_logs

from stream_service.commands.lag_options import lag_options_of
from stream_service.console.errors import ConsoleError
from stream_service.console.projection.projection import Projection
from stream_service.console.publishing.publisher import KafkaPublisher
from stream_service.console.store import Database
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.observe.lag.monitor import LagMonitor
from stream_service.settings import Settings
from stream_service.streaming.access.roles import Role
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import end_tasks
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.publisher import RecordPublisher
from stream_service.streaming.reading.reader import read_records
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of
from stream_service.worker import require_topics, stream_consumer
from tests.support.cluster import Cluster
from tests.support.decisions import decision, review_places
from tests.support.engine import Recorder
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until

ENDS_WITHIN_S = 30.0


@dataclass(frozen=True)
class Job:
    """A role at work, on topics that ``cluster``, which may do everything, looks after."""

    cluster: Cluster
    settings: Settings
    folder: Path

    @property
    def topics(self) -> Topics:
        return self.cluster.topics


async def publish(job: Job) -> Sequence[str]:
    connection = connection_of(job.settings)
    try:
        async with TopicAdministration(connection) as administration:
            await administration.partitions([job.topics.events], Operation.WRITE)
        async with RecordPublisher(connection) as publisher:
            await publisher.publish(numbered(job.cluster, range(2)))
    except StreamError as error:
        return [str(error)]
    assert len(await job.cluster.read_committed(job.topics.events)) == 2
    return []


async def subscribe(job: Job) -> Sequence[str]:
    faults: list[str] = []
    for topic in (job.topics.replies, job.topics.reviews, job.topics.dead_letters):
        await job.cluster.publish_values(b"{}", topic=topic)
        try:
            async with read_records(
                connection_of(job.settings), [topic], from_beginning=True, follow=False
            ) as records:
                assert [record.value async for record in records] == [b"{}"]
        except StreamError as error:
            faults.append(str(error))
    return faults


async def work(job: Job) -> Sequence[str]:
    """A reply, a dead letter, a review with its decision, which is known after a restart.

    Of two partitions one is the wrong one for a decision, which is then handed on.
    """
    async with _working(job) as worker:
        await job.cluster.publish(
            [*numbered(job.cluster, [0]), *numbered(job.cluster, [1], rating=1)]
        )
        await job.cluster.publish_values(b"no JSON")
        await worker.outcomes(3)
        if worker.faults():
            return worker.faults()
        place = (await review_places(job.cluster))["e1"]
        await job.cluster.publish(
            [decision(job.cluster, "e1", place, f"d{n}", partition=n) for n in range(2)]
        )
        await worker.outcomes(6)
        if worker.faults():
            return worker.faults()
    async with _working(job) as worker:
        await job.cluster.publish([decision(job.cluster, "e1", place, "d2")])
        await worker.outcomes(1)
        if worker.faults():
            return worker.faults()
    results = await job.cluster.read_committed(job.topics.review_results)
    assert len(results) == 3
    assert len(await job.cluster.read_committed(job.topics.replies)) == 2
    return []


@dataclass(frozen=True)
class _Working:
    recorder: Recorder
    running: asyncio.Task[None]

    def faults(self) -> list[str]:
        told = [detail for _, _, detail in self.recorder.failures] + self.recorder.polls_failed
        if self.running.done() and (error := self.running.exception()) is not None:
            told += [str(one) for one in getattr(error, "exceptions", [error])]
        return told

    async def outcomes(self, count: int) -> None:
        await until(
            lambda: len(self.recorder.outcomes) >= count or bool(self.faults()),
            f"{count} outcomes",
        )


@asynccontextmanager
async def _working(job: Job) -> AsyncGenerator[_Working]:
    recorder = Recorder()
    consumer = stream_consumer(job.settings, EchoJudge(), recorder)
    stop = asyncio.Event()

    async def run() -> None:
        await require_topics(job.settings)
        await consumer.run(stop)

    running = asyncio.create_task(run())
    try:
        yield _Working(recorder, running)
    finally:
        stop.set()
        with suppress(StreamError, ExceptionGroup):
            await asyncio.wait_for(running, ENDS_WITHIN_S)


async def operate(job: Job) -> Sequence[str]:
    try:
        async with TopicAdministration(connection_of(job.settings)) as administration:
            await administration.create(job.topics, partitions=1)
            findings = await administration.check(job.topics)
    except StreamError as error:
        return [str(error)]
    return [problem for finding in findings for problem in finding.problems]


async def watch_lag(job: Job) -> Sequence[str]:
    """Lag in messages and in seconds, of both topics that the group reads."""
    group = job.settings.consumer.group_id
    events, decisions = job.topics.events, job.topics.review_decisions
    for topic in (events, decisions):
        await job.cluster.publish_values(b"{}", topic=topic)
        await job.cluster.commit_offset(group, 0, "", topic=topic)
    async with LagMonitor(connection_of(job.settings), lag_options_of(job.settings)) as monitor:
        snapshot = await monitor.collect()
    figures = {one.partition.topic: one for one in snapshot.partitions if one.group == group}
    faults = [f"{name}: {reason}" for name, reason in snapshot.failures.items()]
    faults += [f"no group {group}"] * (group not in {one.name for one in snapshot.groups})
    for topic in (events, decisions):
        figure = figures.get(topic)
        if figure is None or figure.lag != 1 or figure.lag_s is None:
            faults.append(f"no lag of {topic}")
    return faults


async def serve_console(job: Job) -> Sequence[str]:
    """Publishes feedback and decisions, projects all topics, and watches lag."""
    connection, topics = connection_of(job.settings), job.topics
    read = (topics.events, topics.replies, topics.reviews, topics.dead_letters)
    read += (topics.review_decisions, topics.review_results)
    for topic in read:
        await job.cluster.publish_values(b"{}", topic=topic)
    await job.cluster.commit_offset(job.settings.consumer.group_id, 0, "")
    faults: list[str] = []
    with capture_logs() as logs:
        database = await Database.open(f"sqlite:///{job.folder}/console.db")
        projection = Projection(database, connection, topics)
        publisher = KafkaPublisher(connection, (topics.events, topics.review_decisions))
        tasks = [asyncio.create_task(projection.run()), asyncio.create_task(publisher.run())]
        told = ("publisher_away", "projection_interrupted")

        def details() -> list[str]:
            return [str(log["detail"]) for log in logs if log["event"] in told]

        try:
            await until(lambda: projection.behind == 0 or bool(details()), "the projection")
            await until(lambda: publisher.is_there or bool(details()), "the publisher")
            faults += details()
            for topic in (topics.events, topics.review_decisions) if not faults else ():
                try:
                    await publisher.publish(OutputRecord(topic=topic, key=b"k", value=b"{}"))
                except ConsoleError as error:
                    faults.append(f"{topic}: {error}")
        finally:
            await end_tasks(tasks)
            await database.close()
    async with LagMonitor(connection, lag_options_of(job.settings)) as monitor:
        snapshot = await monitor.collect()
    faults += [f"{name}: {reason}" for name, reason in snapshot.failures.items()]
    group = job.settings.consumer.group_id
    faults += [f"no group {group}"] * (group not in {one.name for one in snapshot.groups})
    return faults


JOBS: dict[Role, Callable[[Job], Awaitable[Sequence[str]]]] = {
    Role.PUBLISHER: publish,
    Role.SUBSCRIBER: subscribe,
    Role.WORKER: work,
    Role.OPERATOR: operate,
    Role.LAG_EXPORTER: watch_lag,
    Role.CONSOLE: serve_console,
}
