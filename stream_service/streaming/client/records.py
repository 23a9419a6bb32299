"""Between the client's records and partitions, and ours."""

from collections.abc import Iterable
from typing import Any

from aiokafka import TopicPartition

from stream_service.contracts.record import InputRecord
from stream_service.streaming.partition import Partition


def input_record(record: Any) -> InputRecord:
    """An aiokafka ConsumerRecord as the rest of the service knows records."""
    return InputRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )


def topic_partition(partition: Partition) -> TopicPartition:
    """A partition as aiokafka knows it."""
    return TopicPartition(partition.topic, partition.number)


def partitions_of(places: Iterable[TopicPartition]) -> frozenset[Partition]:
    """aiokafka's partitions as the rest of the service knows them."""
    return frozenset(Partition(place.topic, place.partition) for place in places)
