"""Records that go to the broker together, by partition.

Sent one by one, each has a place among those in flight, callbacks, and two futures: together they
take more time than all else that is done for a record.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.contracts.record import OutputRecord

BATCH_BYTES = 64 * 1024
"""Some two hundred pieces of feedback; far below what a topic takes that takes long texts."""

Delivery = asyncio.Future[None]
"""Done when the broker has acknowledged the record.

It fails with a KafkaError, and is cancelled where no answer came in time: then the record may have
arrived nevertheless.
"""

_UNCOMPRESSED = 0
"""As the producer sends what it is given one by one."""

_partition_of: Any = DefaultPartitioner()
"""The client's own: records of one key share a partition, whichever way they are sent."""


@dataclass(slots=True)
class RecordBatch:
    """Records of one partition, in their order, each with its delivery."""

    topic: str
    partition: int | None
    """Chosen by the key where it is None; only for a single record."""
    records: list[OutputRecord] = field(default_factory=list[OutputRecord])
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    size_bytes: int = 0
    attempts: int = 0

    def built(self) -> Any:
        """The batch as the client takes it, for these records alone."""
        # Not the producer's own create_batch: what it sends one by one gathers in smaller ones.
        builder: Any = BatchBuilder(BATCH_BYTES, _UNCOMPRESSED)
        for record in self.records:
            builder.append(
                timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
            )
        builder.close()
        return builder

    def acknowledge(self) -> None:
        """Tell all who wait that the broker has the records."""
        for delivery in self.deliveries:
            if not delivery.done():
                delivery.set_result(None)

    def give_up(self) -> None:
        """Cancel the deliveries: nobody knows what became of the records."""
        for delivery in self.deliveries:
            delivery.cancel()

    def one_by_one(self) -> "Sequence[RecordBatch]":
        """The same records, each alone."""
        return [
            RecordBatch(self.topic, self.partition, [record], [delivery], 0, self.attempts)
            for record, delivery in zip(self.records, self.deliveries, strict=True)
        ]


class WaitingBatches:
    """Batches that wait until the one before them in their partition is answered.

    One of each partition is on its way at a time; whatever comes meanwhile goes with the next.
    """

    def __init__(self) -> None:
        self.takes_batches = True
        """False for every record alone."""
        self._waiting: dict[tuple[str, int], deque[RecordBatch]] = {}
        self._under_way: set[tuple[str, int | None]] = set()

    def add(self, record: OutputRecord, delivery: Delivery, partitions: Sequence[int]) -> None:
        """Put ``record`` behind all that wait for its partition, one of ``partitions``."""
        partition = record.partition
        if partition is None:
            partition = _partition_of(record.key, partitions, partitions)
        size_bytes = DefaultRecordBatchBuilder.estimate_size_in_bytes(
            record.key, record.value, list(record.headers)
        )
        waiting = self._waiting.setdefault((record.topic, partition), deque())
        room_bytes = BATCH_BYTES - size_bytes if self.takes_batches else 0
        if not waiting or waiting[-1].size_bytes > room_bytes:
            waiting.append(RecordBatch(record.topic, partition))
        batch = waiting[-1]
        batch.records.append(record)
        batch.deliveries.append(delivery)
        batch.size_bytes += size_bytes

    def next(self) -> RecordBatch | None:
        """Take a batch whose turn it is; None while all wait for an answer."""
        for place, waiting in self._waiting.items():
            if place not in self._under_way:
                batch = waiting.popleft()
                if not waiting:
                    del self._waiting[place]
                self._under_way.add(place)
                return batch
        return None

    def answered(self, batch: RecordBatch) -> None:
        """Let the next of its partition go."""
        self._under_way.discard((batch.topic, batch.partition))

    def deliveries(self) -> Sequence[Delivery]:
        """Those of all that wait."""
        return [
            delivery
            for waiting in self._waiting.values()
            for batch in waiting
            for delivery in batch.deliveries
        ]

    def give_up(self) -> None:
        """Cancel the deliveries of all that wait: they are not sent."""
        for delivery in self.deliveries():
            delivery.cancel()
        self._waiting.clear()
