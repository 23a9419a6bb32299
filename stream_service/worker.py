"""The worker: the judge joined to the streams."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from stream_service.assembly import graph_judge, limits_of
from stream_service.observe.logs import logger
from stream_service.observe.worker_observation import (
    ObservationOptions,
    Serving,
    observed_worker,
)
from stream_service.settings import Settings
from stream_service.streaming.access.roles import Role, rules_of
from stream_service.streaming.client.startup import finished_before
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.input_topics import decisions_subscription, events_subscription
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of, topics_of, tracing_of


async def run_worker(
    settings: Settings,
    stop: asyncio.Event,
    observation_socket: Path | None = None,
    *,
    loaded: Callable[[], None] | None = None,
) -> None:
    """Judge events until ``stop`` is set; what is under way then is finished or left to others.

    Metrics and health are served at ``observation_socket`` where a supervisor asks for them.
    ``loaded`` is called once all that lasts as long as the worker is there.
    Raises BrokerUnreachable, MissingTopics, PlaybookError, ServingFailed.
    """
    log = logger()
    async with observed_worker(observation_options(settings, observation_socket)) as observation:
        # Before the judge, which takes longer to load: what is missing is said at once.
        if await finished_before(stop, require_topics(settings)):
            intake = Intake()
            async with graph_judge(settings, intake, observation.judge) as judge:
                consumer = stream_consumer(
                    settings, observation.traced(judge), observation.stream, intake
                )
                if loaded is not None:
                    loaded()
                log.info("worker_started", group=settings.consumer.group_id)
                await consumer.run(stop)
    log.info("worker_stopped")


def observation_options(settings: Settings, socket: Path | None = None) -> ObservationOptions:
    """What the settings say is to watch a worker; ``socket`` is a supervisor's, if it has one."""
    metrics = settings.metrics
    serving = Serving(
        host=metrics.host, port=metrics.port, live_within_s=metrics.live_within_s, socket=socket
    )
    return ObservationOptions(
        connection=connection_of(settings),
        group=settings.consumer.group_id,
        serving=serving if metrics.enabled else None,
        tracing=tracing_of(settings),
    )


async def require_topics(settings: Settings) -> None:
    """Raises BrokerUnreachable, MissingTopics, AccessDenied."""
    topics = topics_of(settings)
    names = [specification.name for specification in topics.specifications()]
    async with TopicAdministration(
        connection_of(settings), start_timeout_s=settings.kafka.start_timeout_s
    ) as administration:
        await administration.require(
            rules_of(
                Role.WORKER,
                topics,
                settings.consumer.group_id,
                transactional=settings.consumer.delivery == "exactly_once",
            )
        )
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
        leave_at_stop=settings.consumer.leave_at_stop,
        subscriptions=(
            events_subscription(judge, topics, limits, intake),
            decisions_subscription(connection, topics),
        ),
        dead_letters=DeadLetters(topics.dead_letters),
        limits=limits,
        observer=observer,
    )
