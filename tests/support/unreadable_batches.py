"""Batches that a broker hands on and nobody reads."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
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
_HEADER_BYTES = 61


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A batch that was published."""

    records: int
    fault: str

    def told_at(self, first: int) -> str:
        """A pattern of what is said where its first record has that offset."""
        return rf"the batch of offsets {first} to {first + self.records - 1} {self.fault}"


class HeaderLost(Unreadable):
    """One of which nobody knows how long it is: whoever begins there is told by the broker."""

    def told_at(self, first: int) -> str:
        return rf"the batch at offset {first} (has a damaged header|cannot be read by the broker)"


Publish = Callable[[EmbeddedKafka, Cluster, int], Awaitable[Unreadable]]
"""Publishes to a partition of the events."""


def damage(kafka: EmbeddedKafka, topic: str, partition: int, words: bytes) -> None:
    """Change a byte of the first ``words`` in the partition, on the broker's disk."""
    log = _log(kafka, topic, partition)
    _overwrite(log, log.read_bytes().index(words), bytes([words[0] ^ 1]))


def _log(kafka: EmbeddedKafka, topic: str, partition: int) -> Path:
    return kafka.data_dir / "node-0" / "data" / f"{topic}-{partition}" / f"{0:020}.log"


def _overwrite(log: Path, at: int, what: bytes) -> None:
    with log.open("r+b") as file:
        file.seek(at)
        file.write(what)


async def _publish(cluster: Cluster, partition: int) -> int:
    events = numbered(cluster, range(_DAMAGED, _DAMAGED + 3), keys=1)
    await cluster.publish([replace(record, partition=partition) for record in events])
    return len(events)


async def publish_damaged(kafka: EmbeddedKafka, cluster: Cluster, partition: int) -> Unreadable:
    """A batch of which a byte has changed on the broker's disk."""
    records = await _publish(cluster, partition)
    damage(kafka, cluster.topics.events, partition, str(_DAMAGED).encode())
    return Unreadable(records, "has a wrong checksum")


async def publish_with_lost_header(
    kafka: EmbeddedKafka, cluster: Cluster, partition: int
) -> Unreadable:
    """A batch whose header is zeros on the broker's disk, as where a block was never written."""
    log = _log(kafka, cluster.topics.events, partition)
    before = log.stat().st_size if log.exists() else 0
    records = await _publish(cluster, partition)
    _overwrite(log, before, bytes(_HEADER_BYTES))
    return HeaderLost(records, "")


async def publish_oversized(_kafka: EmbeddedKafka, cluster: Cluster, partition: int) -> Unreadable:
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
    return Unreadable(_OVERSIZED_RECORDS, f"unpacks to more than {MAX_UNPACKED_BYTES} bytes")


WITH_AN_END: tuple[Publish, ...] = (publish_damaged, publish_oversized)
"""Whoever passes over them comes to what stands behind."""

UNREADABLE: tuple[Publish, ...] = (*WITH_AN_END, publish_with_lost_header)
