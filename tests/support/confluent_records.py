"""From confluent-kafka's messages to our records."""

from typing import Any

from confluent_kafka import KafkaException

from stream_service.contracts.record import InputRecord


def unwrapped(message: Any) -> Any:
    """The same message. Raises KafkaException where an error stands in its place."""
    if message.error() is not None:
        raise KafkaException(message.error())
    return message


def input_record(message: Any) -> InputRecord:
    """A message as the rest of the service knows records."""
    return InputRecord(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        timestamp_ms=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
        headers=tuple(message.headers() or ()),
    )
