"""The worker: the judge joined to the streams."""

import asyncio

from stream_service.assembly import graph_judge, limits_of
from stream_service.observe.logs import logger
from stream_service.observe.stream_log import LoggingObserver
from stream_service.settings import Settings
from stream_service.streaming.consumer import EventConsumer
from stream_service.transport_settings import connection_of, topics_of


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Judge events until ``stop`` is set; what is under way then is finished or left to others.

    Raises BrokerUnreachable, MissingTopics, PlaybookError.
    """
    log = logger()
    async with graph_judge(settings) as judge:
        consumer = EventConsumer(
            connection=connection_of(settings),
            group_id=settings.consumer.group_id,
            group_instance_id=settings.consumer.group_instance_id,
            topics=topics_of(settings),
            judge=judge,
            limits=limits_of(settings),
            observer=LoggingObserver(),
        )
        log.info("worker_started", group=settings.consumer.group_id)
        await consumer.run(stop)
    log.info("worker_stopped")
