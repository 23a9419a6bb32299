"""Batches that a broker hands on and nobody reads."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.client.unpacking import MAX_UNPACKED_BYTES
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.events import numbered

_ZSTD = 4
_RECORD_BYTES = 16 * 1024 * 1024
_OVERSIZED_RECORDS = MAX_UNPACKED_BYTES // _RECORD_BYTES + 1


_DAMAGED = 1_000_000
"""The number of an event that no test has beside it, so that its batch is found in the log."""

Publish = Callable[[EmbeddedKafka, Cluster, int], Awaitable[tuple[int, str]]]
"""Publishes to a partition of the events. Returns how many records it took, and what is said."""


def damage(kafka: EmbeddedKafka, topic: str, partition: int, words: bytes) -> None:
    """Change a byte of the first ``words`` in the partition, on the broker's disk."""
    log = kafka.data_dir / "node-0" / "data" / f"{topic}-{partition}" / f"{0:020}.log"
    at = log.read_bytes().index(words)
    with log.open("r+b") as file:
        file.seek(at)
        file.write(bytes([words[0] ^ 1]))


async def publish_damaged(
    kafka: EmbeddedKafka, cluster: Cluster, partition: int
) -> tuple[int, str]:
    """A batch of which a byte has changed on the broker's disk."""
    events = numbered(cluster, range(_DAMAGED, _DAMAGED + 3), keys=1)
    await cluster.publish([replace(record, partition=partition) for record in events])
    damage(kafka, cluster.topics.events, partition, str(_DAMAGED).encode())
    return len(events), "has a wrong checksum"


async def publish_oversized(
    _kafka: EmbeddedKafka, cluster: Cluster, partition: int
) -> tuple[int, str]:
    """One batch of 9 KB, within every limit of the broker, that unpacks to more than is read."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(producer):
        batch = producer.create_batch()
        batch._builder = DefaultRecordBatchBuilder(2, _ZSTD, 0, -1, -1, -1, 2**31 - 1)
        for _ in range(_OVERSIZED_RECORDS):
            batch.append(key=b"k", value=b" " * _RECORD_BYTES, timestamp=None)
        batch.close()
        sent = await producer.send_batch(batch, cluster.topics.events, partition=partition)
        await asyncio.wait_for(sent, 30)
    return _OVERSIZED_RECORDS, f"unpacks to more than {MAX_UNPACKED_BYTES} bytes"


UNREADABLE: tuple[Publish, ...] = (publish_damaged, publish_oversized)
