"""confluent-kafka on asyncio: batches by AIOConsumer, gathered, committed in a transaction.

``consume`` is what AIOConsumer's documentation advises for throughput; offsets go into the
transaction with the group's metadata, as its example eos_transactions.py has it. AIOProducer
carries no headers ("use the synchronous Producer.produce() if headers are required"), and the
outputs have some: so they go through that Producer, whose ``produce`` only queues, and whose
waiting calls are handed to threads.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.aio import AIOConsumer

from benchmarks.peers.job import Handle, Job, Published
from benchmarks.peers.running import running_beside
from stream_service.contracts.record import OutputRecord
from tests.support.confluent_records import input_record, unwrapped

_FILL_TIMEOUT_S = 0.05
"""How long ``consume`` waits for a full batch: it would hold back the events that are there."""


@asynccontextmanager
async def confluent_asyncio(job: Job, handle: Handle, published: Published) -> AsyncGenerator[None]:
    """Run the loop for the block."""
    consumer: Any = AIOConsumer(
        {
            "bootstrap.servers": job.bootstrap_servers,
            "group.id": job.group_id,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": job.session_timeout_ms,
            "heartbeat.interval.ms": job.heartbeat_interval_ms,
        }
    )
    producer: Any = Producer(
        {
            "bootstrap.servers": job.bootstrap_servers,
            "transactional.id": f"{job.group_id}.{job.slot}",
        }
    )
    await asyncio.to_thread(producer.init_transactions)
    await consumer.subscribe([job.topics.events])

    async def loop() -> None:
        while True:
            messages = await consumer.consume(job.in_flight, _FILL_TIMEOUT_S)
            if not messages:
                continue
            records = [input_record(unwrapped(message)) for message in messages]
            outputs = await asyncio.gather(*(handle(record) for record in records))
            offsets = {(one.topic, one.partition): one.offset + 1 for one in records}
            places = [TopicPartition(*place, offset) for place, offset in offsets.items()]
            metadata = await consumer.consumer_group_metadata()
            try:
                await asyncio.to_thread(_publish, producer, outputs, places, metadata)
            except KafkaException as error:
                if not error.args[0].txn_requires_abort():
                    raise
                await asyncio.to_thread(producer.abort_transaction)
                await _rewind(consumer)
            else:
                published(len(records))

    try:
        async with running_beside(loop()):
            yield
    finally:
        await consumer.close()


def _publish(
    producer: Any, outputs: list[OutputRecord], offsets: list[Any], group_metadata: Any
) -> None:
    producer.begin_transaction()
    for output in outputs:
        producer.produce(output.topic, output.value, output.key, headers=list(output.headers))
    producer.send_offsets_to_transaction(offsets, group_metadata)
    producer.commit_transaction()


async def _rewind(consumer: Any) -> None:
    for place in await consumer.committed(await consumer.assignment()):
        if place.offset >= 0:
            await consumer.seek(place)
