"""A batch loop on aiokafka: consume, gather, publish and commit in one transaction.

That is the loop of aiokafka's documentation ("Transactional Consume-Process-Produce"), with the
work of a batch gathered, and with the rebalance listener that its own documentation asks for: a
partition is given away only once its batch is committed. Exactly once while nothing fails; the
slowest event of a batch holds back all.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition

from benchmarks.peers.job import Handle, Job, Published
from benchmarks.peers.running import running_beside
from stream_service.streaming.client.records import input_record


class _WaitsForBatch(ConsumerRebalanceListener):
    def __init__(self, batch: asyncio.Lock) -> None:
        self._batch = batch

    # aiokafka types them as functions and awaits whatever they return.
    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Any
    ) -> None:
        async with self._batch:
            pass

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Any
    ) -> None:
        pass


@asynccontextmanager
async def aiokafka_batches(job: Job, handle: Handle, published: Published) -> AsyncGenerator[None]:
    """Run the loop for the block."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=job.bootstrap_servers,
        group_id=job.group_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=job.session_timeout_ms,
        heartbeat_interval_ms=job.heartbeat_interval_ms,
    )
    # One name a worker, kept over its restarts: so a new start ends its predecessor's transaction.
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=job.bootstrap_servers, transactional_id=f"{job.group_id}.{job.slot}"
    )
    batch = asyncio.Lock()
    consumer.subscribe([job.topics.events], listener=_WaitsForBatch(batch))
    await producer.start()
    await consumer.start()

    async def work_off() -> None:
        fetched = await consumer.getmany(timeout_ms=200, max_records=job.in_flight)
        records = [record for of_partition in fetched.values() for record in of_partition]
        if not records:
            return
        outputs = await asyncio.gather(*(handle(input_record(record)) for record in records))
        async with producer.transaction():
            sent = [
                await producer.send(
                    output.topic, output.value, output.key, headers=list(output.headers)
                )
                for output in outputs
            ]
            await asyncio.gather(*sent)
            offsets = {
                TopicPartition(place.topic, place.partition): of_partition[-1].offset + 1
                for place, of_partition in fetched.items()
            }
            await producer.send_offsets_to_transaction(offsets, job.group_id)
        published(len(records))

    async def loop() -> None:
        while True:
            async with batch:
                await work_off()
            # The listener, too, must get its turn at the lock.
            await asyncio.sleep(0)

    try:
        async with running_beside(loop()):
            yield
    finally:
        await consumer.stop()
        await producer.stop()
