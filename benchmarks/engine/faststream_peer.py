"""A peer: FastStream with as many workers as there may be records in flight.

That is its way to work on one partition's records side by side (``max_workers``). It acknowledges
before the work: what is in flight when the process dies is lost, and no key has an order.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from faststream.kafka import KafkaBroker, KafkaMessage

from benchmarks.engine.contender import Published
from benchmarks.engine.work import PreparedWork, transform
from stream_service.streaming.client_records import input_record
from tests.support.cluster import Cluster


@asynccontextmanager
async def faststream(
    cluster: Cluster, work: PreparedWork, in_flight: int, published: Published
) -> AsyncGenerator[None]:
    """Run the broker's subscriber for the block."""
    broker: Any = KafkaBroker(
        cluster.bootstrap_servers, acks="all", enable_idempotence=True, logger=None
    )

    @broker.subscriber(
        cluster.topics.events,
        group_id=f"{cluster.topics.prefix}faststream",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_workers=in_flight,
    )
    async def handle(message: KafkaMessage) -> None:
        raw: Any = message.raw_message
        output = await transform(cluster.topics, work, input_record(raw))
        await broker.publish(
            output.value,
            output.topic,
            key=output.key,
            headers={name: (value or b"").decode() for name, value in output.headers},
        )
        published(1)

    assert handle is not None
    async with broker:
        await broker.start()
        yield
