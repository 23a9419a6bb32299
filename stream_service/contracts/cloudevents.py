"""CloudEvents 1.0 over Kafka: the binary mode that we write, and both modes that we read.

Source of the rules: the CloudEvents Kafka protocol binding, version 1.0.2.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from stream_service.contracts.codec import decode_json, decode_object
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import EVENT_TYPE, Moment
from stream_service.contracts.record import Headers, InputRecord, header_text

CONTENT_TYPE = "content-type"
JSON_CONTENT_TYPE = b"application/json"
STRUCTURED_CONTENT_TYPE = "application/cloudevents+json"
SPECIFICATION_VERSION = "1.0"
SOURCE = "/stream-service"

_SPECIFICATION_HEADER = ("ce_specversion", SPECIFICATION_VERSION.encode())
_SOURCE_HEADER = ("ce_source", SOURCE.encode())
_CONTENT_TYPE_HEADER = (CONTENT_TYPE, JSON_CONTENT_TYPE)

_moment = TypeAdapter[datetime](Moment)


@dataclass(frozen=True, slots=True)
class EventEnvelope:
    """An event's data and what its envelope says of it."""

    data: dict[str, Any]
    id: str | None = None
    time: str | None = None


def open_envelope(record: InputRecord) -> EventEnvelope:
    """Take an input record's event out of its envelope: plain JSON, binary or structured mode.

    Raises InvalidRecord, which names the fault.
    """
    content_type = (header_text(record.headers, CONTENT_TYPE) or "").split(";")[0].strip().lower()
    if content_type == STRUCTURED_CONTENT_TYPE:
        return _open_structured(decode_object(record.value))
    specification = header_text(record.headers, "ce_specversion")
    if specification is None:
        document = decode_object(record.value)
        # Some publishers leave the content type out; an object with these two is an envelope.
        if "specversion" in document and ("data" in document or "data_base64" in document):
            return _open_structured(document)
        return EventEnvelope(document)
    _check_specification(specification)
    _check_type(header_text(record.headers, "ce_type"))
    return EventEnvelope(
        decode_object(record.value),
        header_text(record.headers, "ce_id"),
        _checked_time(header_text(record.headers, "ce_time")),
    )


def binary_headers(*, event_id: str, event_type: str, time: datetime | None = None) -> Headers:
    """The headers of a record that we publish; ``time`` is when it happened, where known."""
    return (
        _SPECIFICATION_HEADER,
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        _SOURCE_HEADER,
        *(() if time is None else (("ce_time", time.isoformat().encode()),)),
        _CONTENT_TYPE_HEADER,
    )


def _open_structured(envelope: dict[str, Any]) -> EventEnvelope:
    _check_specification(envelope.get("specversion"))
    _check_type(envelope.get("type"))
    # Null is as good as absent, here as for any attribute (JSON format, section 2.2).
    if (encoded := envelope.get("data_base64")) is not None:
        try:
            value = base64.b64decode(encoded, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise _malformed("data_base64 is not base64") from None
        data: object = decode_json(value)
    else:
        data = envelope.get("data")
    if not isinstance(data, dict):
        raise _malformed("data must be a JSON object that holds the feedback event")
    identifier = envelope.get("id")
    time = envelope.get("time")
    return EventEnvelope(
        cast(dict[str, Any], data),
        identifier if isinstance(identifier, str) else None,
        _checked_time(time if isinstance(time, str) else None),
    )


def _check_specification(version: object) -> None:
    if version != SPECIFICATION_VERSION:
        raise _malformed(f"specversion must be {SPECIFICATION_VERSION}")


def refuse_other_major(headers: Headers, expected: str) -> None:
    """Refuse a record of another major version of the type ``expected``, as its header says.

    One without the header, or of a foreign type, is judged by its content. Raises InvalidRecord.
    """
    _refuse_other_major(header_text(headers, "ce_type") or "", expected)


def _check_type(type_: object) -> None:
    """A foreign type is the publisher's affair; a major version of ours that we lack is not."""
    if not isinstance(type_, str):
        raise _malformed("type is missing")
    _refuse_other_major(type_, EVENT_TYPE)


def _refuse_other_major(type_: str, expected: str) -> None:
    family, _, major = type_.rpartition(".")
    expected_family, _, expected_major = expected.rpartition(".")
    if family == expected_family and major != expected_major:
        raise InvalidRecord(
            Fault.UNSUPPORTED_VERSION, f"this service reads {expected} only", field="type"
        )


def _checked_time(time: str | None) -> str | None:
    """A time that cannot be read is left out: it says nothing that processing needs."""
    if time is None:
        return None
    try:
        _moment.validate_python(time)
    except ValidationError:
        return None
    return time


def _malformed(problem: str) -> InvalidRecord:
    return InvalidRecord(Fault.MALFORMED_CLOUDEVENT, f"CloudEvents: {problem}")
