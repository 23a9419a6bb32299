"""Names and values of attributes, by OpenTelemetry's conventions for messaging.

No text of anybody's is among them: places, counts, ids and classes of errors alone.
"""

from opentelemetry.util.types import AttributeValue

from stream_service.contracts.record import Headers, header_text


def messaging(operation: str, kind: str, destination: str) -> dict[str, AttributeValue]:
    """What every span of messaging bears; ``kind`` is send, receive, process or settle."""
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": kind,
        "messaging.destination.name": destination,
    }


def message_id(headers: Headers) -> dict[str, AttributeValue]:
    """The record's id, where its headers tell it."""
    identifier = header_text(headers, "ce_id")
    return {} if identifier is None else {"messaging.message.id": identifier}
