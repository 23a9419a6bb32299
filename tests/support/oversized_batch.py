"""A batch that no broker refuses and nobody reads."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.streaming.client.unpacking import MAX_UNPACKED_BYTES
from tests.support.clients import client_started
from tests.support.cluster import Cluster

_ZSTD = 4
_RECORD_BYTES = 16 * 1024 * 1024
OVERSIZED_RECORDS = MAX_UNPACKED_BYTES // _RECORD_BYTES + 1


async def publish_oversized(cluster: Cluster, partition: int) -> None:
    """One batch of 25 KB, within every limit of the broker, that unpacks to more than is read."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(producer):
        batch = producer.create_batch()
        batch._builder = DefaultRecordBatchBuilder(2, _ZSTD, 0, -1, -1, -1, 2**31 - 1)
        for _ in range(OVERSIZED_RECORDS):
            batch.append(key=b"k", value=b" " * _RECORD_BYTES, timestamp=None)
        batch.close()
        sent = await producer.send_batch(batch, cluster.topics.events, partition=partition)
        await asyncio.wait_for(sent, 30)
