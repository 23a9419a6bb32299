"""FastStream, in the two ways of concurrency that its page on subscribers gives.

``ack_first`` works on any number of events at once and acknowledges them before the work: at most
once. Otherwise the acknowledgement follows the work (at least once), and a partition's events are
worked on one after another; the page advises as many workers in all as there are partitions.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from benchmarks.peers.job import AsyncContender, Handle, Job, Published
from stream_service.streaming.client.records import input_record


def faststream(*, ack_first: bool) -> AsyncContender:
    """The broker's subscriber, in one of the two ways."""

    @asynccontextmanager
    async def contender(job: Job, handle: Handle, published: Published) -> AsyncGenerator[None]:
        broker: Any = KafkaBroker(
            job.bootstrap_servers, acks="all", enable_idempotence=True, logger=None
        )

        @broker.subscriber(
            job.topics.events,
            group_id=job.group_id,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=job.session_timeout_ms,
            heartbeat_interval_ms=job.heartbeat_interval_ms,
            ack_policy=AckPolicy.ACK_FIRST if ack_first else AckPolicy.NACK_ON_ERROR,
            max_workers=job.in_flight if ack_first else job.partitions,
        )
        async def judge(message: KafkaMessage) -> None:
            raw: Any = message.raw_message
            output = await handle(input_record(raw))
            await broker.publish(
                output.value,
                output.topic,
                key=output.key,
                headers={name: (value or b"").decode() for name, value in output.headers},
            )
            published(1)

        assert judge is not None
        async with broker:
            await broker.start()
            yield

    return contender
