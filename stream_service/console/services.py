"""All of the console behind its doors: what pages and the gateway stand on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from stream_service.console.access.authenticating import AccessOptions, Authenticator
from stream_service.console.access.tokens import TokenCheck
from stream_service.console.analyzing import Analyzer
from stream_service.console.decisions.relay import Relay
from stream_service.console.figures import ConsoleFigures
from stream_service.console.live.hub import LiveHub
from stream_service.console.live.lag_watch import LagWatch
from stream_service.console.projection.projection import Projection
from stream_service.console.projection.retention import forget_for_ever
from stream_service.console.publishing.intake import FeedbackIntake
from stream_service.console.publishing.publisher import KafkaPublisher
from stream_service.console.store import Database
from stream_service.contracts.topics import Topics
from stream_service.observe.broker_probe import BrokerProbe
from stream_service.observe.lag.monitor import LagOptions
from stream_service.observe.metrics.event_loop import EventLoopLag
from stream_service.observe.metrics.registry import new_registry
from stream_service.streaming.client.closing import end_tasks
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.send_trace import SendTracer

_ANALYSIS_TIMEOUT_S = 90.0
"""Above the deadline of an event's calls to the language model, which tells more."""

Check = Callable[[], Awaitable[None]]
"""Raises where something that the console needs cannot be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleOptions:
    """What the console is given."""

    database_url: str = field(repr=False)
    connection: KafkaConnection
    topics: Topics
    judge: Judge | None = None
    """None where nothing is judged at once."""
    access: AccessOptions = field(default_factory=AccessOptions)
    retention_days: float = 90
    lag: LagOptions = field(default_factory=LagOptions)
    lag_interval_s: float = 15
    tracer: SendTracer | None = None
    checks: Mapping[str, Check] = field(default_factory=dict[str, Check])
    """Of what else is used, by name: Redis, where answers are kept there. The console goes on
    without, and tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The console's parts."""

    database: Database
    topics: Topics
    publisher: KafkaPublisher
    broker: BrokerProbe
    intake: FeedbackIntake
    relay: Relay
    projection: Projection
    hub: LiveHub
    lag: LagWatch
    analyzer: Analyzer | None
    authenticator: Authenticator
    registry: CollectorRegistry
    figures: ConsoleFigures
    checks: Mapping[str, Check]
    optional: Collection[str]
    """Of the checks: those that the console can do without."""

    @property
    def kafka_is_there(self) -> bool:
        """Whether records are taken, and brokers answer.

        While nobody publishes, the publisher alone does not notice that they are gone.
        """
        return self.publisher.is_there and not self.broker.is_away


@asynccontextmanager
async def console_services(options: ConsoleOptions) -> AsyncGenerator[Services]:
    """Open the database and run all of it for the block. Raises DatabaseUnavailable.

    Kafka may be away: it is reached as soon as it is there.
    """
    database = await Database.open(options.database_url)
    try:
        services = _services(database, options)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work, name=name)
                for name, work in {
                    "publisher": services.publisher.run(),
                    "broker": services.broker.run(),
                    "relay": services.relay.run(),
                    "projection": services.projection.run(),
                    "lag": services.lag.run(),
                    "figures": services.figures.run(),
                    "event loop": EventLoopLag(services.registry).measure(),
                    "retention": forget_for_ever(database, retention_days=options.retention_days),
                }.items()
            ]
            try:
                yield services
            finally:
                await end_tasks(tasks)
    finally:
        await database.close()


def _services(database: Database, options: ConsoleOptions) -> Services:
    topics, connection, hub = options.topics, options.connection, LiveHub()
    publisher = KafkaPublisher(
        connection, (topics.events, topics.review_decisions), tracer=options.tracer
    )
    projection = Projection(database, connection, topics, listeners=[hub.stored])
    registry = new_registry()
    judge = options.judge
    return Services(
        database=database,
        topics=topics,
        publisher=publisher,
        broker=BrokerProbe(connection),
        intake=FeedbackIntake(publisher, database, topics.events),
        relay=Relay(database, publisher),
        projection=projection,
        hub=hub,
        lag=LagWatch(connection, options.lag, interval_s=options.lag_interval_s),
        analyzer=None if judge is None else Analyzer(judge, timeout_s=_ANALYSIS_TIMEOUT_S),
        authenticator=Authenticator(options.access, TokenCheck(database)),
        registry=registry,
        figures=ConsoleFigures(database, projection, registry),
        checks={"database": database.check, **options.checks},
        optional=frozenset(options.checks),
    )
