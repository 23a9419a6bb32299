"""The worker: the judge joined to the streams."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from stream_service.assembly import graph_judge, limits_of
from stream_service.observe.logs import logger
from stream_service.observe.worker_observation import (
    ObservationOptions,
    WorkerObservation,
    logged_only,
    measured,
)
from stream_service.settings import Settings
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.intake import Intake
from stream_service.streaming.judge import Judge
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.subscriptions import decisions_subscription, events_subscription
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of, topics_of


async def run_worker(
    settings: Settings, stop: asyncio.Event, observation_socket: Path | None = None
) -> None:
    """Judge events until ``stop`` is set; what is under way then is finished or left to others.

    Metrics and health are served at ``observation_socket`` where a supervisor asks for them.
    Raises BrokerUnreachable, MissingTopics, PlaybookError, ServingFailed.
    """
    log = logger()
    async with observed(settings, observation_socket) as observation:
        # Before the judge, which takes seconds to load: what is missing is said at once.
        await require_topics(settings)
        intake = Intake()
        async with graph_judge(settings, intake, observation.judge) as judge:
            consumer = stream_consumer(settings, judge, observation.stream, intake)
            log.info("worker_started", group=settings.consumer.group_id)
            await consumer.run(stop)
    log.info("worker_stopped")


@asynccontextmanager
async def observed(
    settings: Settings, socket: Path | None = None
) -> AsyncGenerator[WorkerObservation]:
    """What the settings say is to watch a worker. Raises ServingFailed."""
    if not settings.metrics.enabled:
        yield logged_only()
        return
    asks_model = bool(settings.llm.base_url or settings.llm.api_key)
    options = ObservationOptions(
        connection=connection_of(settings),
        group=settings.consumer.group_id,
        host=settings.metrics.host,
        port=settings.metrics.port,
        live_within_s=settings.metrics.live_within_s,
        socket=socket,
        analyst="llm" if asks_model else "local",
        model=settings.llm.model if asks_model else None,
    )
    async with measured(options) as observation:
        yield observation


async def require_topics(settings: Settings) -> None:
    """Raises BrokerUnreachable, MissingTopics."""
    names = [specification.name for specification in topics_of(settings).specifications()]
    async with TopicAdministration(
        connection_of(settings), start_timeout_s=settings.kafka.start_timeout_s
    ) as administration:
        await administration.partitions(names)


def stream_consumer(
    settings: Settings, judge: Judge, observer: StreamObserver, intake: Intake | None = None
) -> StreamConsumer:
    """The consumer of events, judged by ``judge``, and of reviewers' decisions.

    Who pauses ``intake`` holds back events, never decisions.
    """
    connection, topics, limits = connection_of(settings), topics_of(settings), limits_of(settings)
    return StreamConsumer(
        connection=connection,
        group_id=settings.consumer.group_id,
        group_instance_id=settings.consumer.group_instance_id,
        subscriptions=(
            events_subscription(judge, topics, limits, intake),
            decisions_subscription(connection, topics),
        ),
        dead_letters=DeadLetters(topics.dead_letters),
        limits=limits,
        observer=observer,
    )
