"""The dead-letters topic's record: what could not be processed, untouched, and why.

Key, value bytes and headers are the original's. What we know stands in further headers, each there
once however often a record comes back: ``x-error-*`` are of the latest failure, ``x-original-*``
of the first place the record was read from.
"""

import hashlib
from typing import Annotated

from pydantic import Field, ValidationError

from stream_service.contracts.codec import encode
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import Moment
from stream_service.contracts.model import WireModel
from stream_service.contracts.record import (
    Headers,
    InputRecord,
    OutputRecord,
    header_text,
    headers_size_bytes,
)

ERROR_FAULT = "x-error-fault"
ERROR_CLASS = "x-error-class"
ERROR_MESSAGE = "x-error-message"
ERROR_FIELD = "x-error-field"
ERROR_TIME = "x-error-time"
ORIGINAL_TOPIC = "x-original-topic"
ORIGINAL_PARTITION = "x-original-partition"
ORIGINAL_OFFSET = "x-original-offset"
ORIGINAL_TIMESTAMP = "x-original-timestamp"
ORIGINAL_OMITTED = "x-original-omitted"
REDRIVE_COUNT = "x-redrive-count"

HEADER_NAMES = {
    "fault": ERROR_FAULT,
    "error_class": ERROR_CLASS,
    "message": ERROR_MESSAGE,
    "field": ERROR_FIELD,
    "failed_at": ERROR_TIME,
    "topic": ORIGINAL_TOPIC,
    "partition": ORIGINAL_PARTITION,
    "offset": ORIGINAL_OFFSET,
    "timestamp_ms": ORIGINAL_TIMESTAMP,
    "omitted": ORIGINAL_OMITTED,
    "redrive_count": REDRIVE_COUNT,
}
"""The header that carries each field of a DeadLetter."""

_REPLACED = frozenset(HEADER_NAMES.values()) - {REDRIVE_COUNT}
"""What a record that comes back carries of us; the count of its redrives is its sender's."""

_MAX_MESSAGE_CHARACTERS = 500
"""Enough for a sentence; a header is no place for a stack trace."""


class RecordPlace(WireModel):
    """Where a record stood when it was first read."""

    topic: Annotated[str, Field(min_length=1, max_length=249)]
    partition: Annotated[int, Field(ge=0, lt=2**31)]
    offset: Annotated[int, Field(ge=0, lt=2**63)]
    timestamp_ms: Annotated[int, Field(ge=-(2**63), lt=2**63)]
    """The record's own timestamp, milliseconds since 1970 in UTC."""


class DeadLetter(RecordPlace):
    """Why a record could not be processed, and where it stood."""

    fault: Fault
    error_class: str
    message: str
    field: str | None = None
    failed_at: Moment
    redrive_count: Annotated[int, Field(ge=0)] = 0
    """How often the record was sent back, as told by who sent it; what is no number counts as 0."""
    omitted: bool = False
    """Whether the value was too large to be carried; an OmittedValue stands in its place."""


class OmittedValue(WireModel):
    """Stands in the value of a dead letter whose original was too large to be carried."""

    topic: str
    partition: int
    offset: int
    key_bytes: int
    value_bytes: int
    headers_bytes: int
    value_sha256: str


def dead_letter_record(
    topic: str, record: InputRecord, letter: DeadLetter, max_bytes: int
) -> OutputRecord:
    """The record that sets ``record`` aside; above ``max_bytes`` its value is left out."""
    whole = OutputRecord(
        topic=topic,
        key=record.key,
        # Clients refuse to publish a null key with a null value.
        value=record.value if record.value is not None or record.key is not None else b"",
        headers=(*_foreign(record.headers), *_headers(record, letter)),
    )
    if whole.size_bytes <= max_bytes:
        return whole
    value = record.value or b""
    omitted = OmittedValue(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key_bytes=len(record.key or b""),
        value_bytes=len(value),
        headers_bytes=headers_size_bytes(record.headers),
        value_sha256=hashlib.sha256(value).hexdigest(),
    )
    headers = _headers(record, letter.model_copy(update={"omitted": True}))
    if count := redrive_count(record.headers):
        headers = (*headers, (REDRIVE_COUNT, str(count).encode()))
    return OutputRecord(topic=topic, key=None, value=encode(omitted), headers=headers)


def read_dead_letter(record: InputRecord) -> DeadLetter:
    """Read back what a dead letter's headers say. Raises ValueError if it is none."""
    told = _told(record.headers, DeadLetter)
    return DeadLetter.model_validate(
        {
            **told,
            "redrive_count": redrive_count(record.headers),
            "omitted": told["omitted"] == "true",
        }
    )


def redrive_count(headers: Headers) -> int:
    """How often the record was sent back from the dead letters; 0 where it does not say so."""
    text = header_text(headers, REDRIVE_COUNT) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def first_place(headers: Headers) -> RecordPlace | None:
    """Where a record was first read, as an earlier hop told; None where no place is told.

    Anybody can write these headers.
    """
    told = _told(headers, RecordPlace)
    if not any(told.values()):
        return None
    try:
        return RecordPlace.model_validate(told)
    except ValidationError:
        return None


def _foreign(headers: Headers) -> Headers:
    return tuple(header for header in headers if header[0].lower() not in _REPLACED)


def _told(headers: Headers, model: type[RecordPlace]) -> dict[str, str | None]:
    return {field: header_text(headers, HEADER_NAMES[field]) for field in model.model_fields}


def _headers(record: InputRecord, letter: DeadLetter) -> Headers:
    place = first_place(record.headers) or letter
    values = {
        ERROR_FAULT: letter.fault.value,
        ERROR_CLASS: letter.error_class,
        ERROR_MESSAGE: letter.message[:_MAX_MESSAGE_CHARACTERS],
        ERROR_FIELD: letter.field,
        ERROR_TIME: letter.failed_at.isoformat(),
        ORIGINAL_TOPIC: place.topic,
        ORIGINAL_PARTITION: place.partition,
        ORIGINAL_OFFSET: place.offset,
        ORIGINAL_TIMESTAMP: place.timestamp_ms,
        ORIGINAL_OMITTED: "true" if letter.omitted else None,
    }
    return tuple((name, str(value).encode()) for name, value in values.items() if value is not None)
