"""Records that go to the broker together, by partition.

Handed over one by one, each record has a future, callbacks and a place in three queues, which
together take more time than everything else that is done for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.contracts.record import OutputRecord

BATCH_BYTES = 16 * 1024
"""What the client holds in one batch: records of so many bytes find room in it together."""

_partition_of: Any = DefaultPartitioner()
"""The one that records go by which are sent alone: those of one key share a partition."""


@dataclass(slots=True)
class RecordBatch:
    """Records of one partition, in their order."""

    topic: str
    partition: int
    records: list[OutputRecord] = field(default_factory=list[OutputRecord])
    positions: list[int] = field(default_factory=list[int])
    """Of each of its records, among all that were given."""
    size_bytes: int = 0


def in_batches(
    records: Sequence[OutputRecord], partitions: Mapping[str, Sequence[int]]
) -> Sequence[RecordBatch]:
    """Put ``records`` into batches, those of a partition in their order.

    ``partitions`` are each topic's, as they are counted on the broker.
    """
    batches: list[RecordBatch] = []
    filling: dict[tuple[str, int], RecordBatch] = {}
    for position, record in enumerate(records):
        topic, partition = record.topic, record.partition
        if partition is None:
            there = partitions[topic]
            partition = _partition_of(record.key, there, there)
        size_bytes = DefaultRecordBatchBuilder.estimate_size_in_bytes(
            record.key, record.value, list(record.headers)
        )
        batch = filling.get((topic, partition))
        if batch is None or batch.size_bytes + size_bytes > BATCH_BYTES:
            batch = filling[topic, partition] = RecordBatch(topic, partition)
            batches.append(batch)
        batch.records.append(record)
        batch.positions.append(position)
        batch.size_bytes += size_bytes
    return batches
