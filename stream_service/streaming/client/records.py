"""From the client's records to ours."""

from typing import Any

from stream_service.contracts.record import InputRecord


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
