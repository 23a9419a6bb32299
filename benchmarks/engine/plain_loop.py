"""A peer: consume a batch, work on it side by side, produce it with its offsets in a transaction.

That is the loop of aiokafka's documentation ("Transactional Consume-Process-Produce"), with the
work of a batch gathered. Exactly once; the slowest record of a batch holds back all.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.engine.contender import Published
from benchmarks.engine.work import PreparedWork, transform
from stream_service.streaming.client_records import input_record
from tests.support.cluster import Cluster


@asynccontextmanager
async def plain_loop(
    cluster: Cluster, work: PreparedWork, in_flight: int, published: Published
) -> AsyncGenerator[None]:
    """Run the loop for the block."""
    group = f"{cluster.topics.prefix}plain"
    consumer: Any = AIOKafkaConsumer(
        cluster.topics.events,
        bootstrap_servers=cluster.bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers, transactional_id=f"{group}.0"
    )
    await consumer.start()
    await producer.start()

    async def loop() -> None:
        while True:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=in_flight)
            batch = [record for records in fetched.values() for record in records]
            if not batch:
                continue
            outputs = await asyncio.gather(
                *(transform(cluster.topics, work, input_record(record)) for record in batch)
            )
            async with producer.transaction():
                sent = [
                    await producer.send(
                        output.topic, output.value, output.key, headers=list(output.headers)
                    )
                    for output in outputs
                ]
                await asyncio.gather(*sent)
                offsets = {
                    TopicPartition(place.topic, place.partition): records[-1].offset + 1
                    for place, records in fetched.items()
                }
                await producer.send_offsets_to_transaction(offsets, group)
            published(len(batch))

    task = asyncio.create_task(loop())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await producer.stop()
        await consumer.stop()
