"""Dead letters, with their bytes."""

import base64
from dataclasses import replace

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from stream_service.console.projection.facts.documents import DecisionDocument, read_document
from stream_service.console.projection.facts.rows import (
    REFUSED,
    Reader,
    Rows,
    Unreadable,
    published_ms,
    storable,
    total,
)
from stream_service.console.store.searched_text import searched_text
from stream_service.contracts.cloudevents import open_envelope
from stream_service.contracts.dead_letter import DeadLetter, read_dead_letter
from stream_service.contracts.events import derived_event_id, enveloped_event_id
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import Identifier
from stream_service.contracts.record import Headers, InputRecord
from stream_service.contracts.topics import Topics

_IDENTIFIER = TypeAdapter[str](Identifier, config=ConfigDict(coerce_numbers_to_str=True))


def dead_letter_reader(topics: Topics) -> Reader:
    """The reader for a deployment with these topics."""

    def read(record: InputRecord, rows: Rows) -> None:
        letter = _letter(record)
        event_id: str | None = None
        if letter.topic == topics.events:
            event_id = event_id_of(record, letter)
        elif letter.topic == topics.review_decisions:
            event_id = _refuse_decision(record, letter, rows)
        rows.dead_letters.append(
            {
                "partition": record.partition,
                "offset": record.offset,
                "published_ms": published_ms(record),
                "event_id": event_id,
                "fault": letter.fault.value,
                "error_class": storable(letter.error_class),
                "message": storable(letter.message),
                "field": None if letter.field is None else storable(letter.field),
                "original_topic": storable(letter.topic),
                "original_partition": letter.partition,
                "original_offset": letter.offset,
                "redrive_count": letter.redrive_count,
                "omitted": letter.omitted,
                "headers": headers_as_json(record.headers),
                "key": record.key,
                "value": record.value,
            }
        )
        place = f"{letter.topic} {letter.partition}-{letter.offset}"
        rows.dead_letter_texts.append(
            {
                "partition": record.partition,
                "offset": record.offset,
                "published_ms": published_ms(record),
                "text": searched_text(
                    key=record.key,
                    value=record.value,
                    told=(letter.message, place, event_id or ""),
                ),
            }
        )
        rows.totals.append(total(record, "dead_letter", category=letter.fault.value))

    return read


def event_id_of(record: InputRecord, letter: DeadLetter) -> str:
    """The name of the event that a dead letter was, as far as its bytes tell; derived else."""
    first = replace(record, topic=letter.topic, partition=letter.partition, offset=letter.offset)
    try:
        envelope = open_envelope(record)
    except InvalidRecord:
        return derived_event_id(first)
    given = envelope.data.get("event_id")
    if given is None:
        return enveloped_event_id(envelope.id) or derived_event_id(first)
    try:
        # As the event's own field is read, though another field may be wrong.
        return _IDENTIFIER.validate_python(given)
    except ValidationError:
        return derived_event_id(first)


def headers_as_json(headers: Headers) -> bytes:
    """Headers of any bytes, as a column holds them."""
    return orjson.dumps(
        [
            [name, None if value is None else base64.b64encode(value).decode()]
            for name, value in headers
        ]
    )


def headers_from_json(document: bytes) -> Headers:
    """The headers back."""
    return tuple(
        (name, None if value is None else base64.b64decode(value))
        for name, value in orjson.loads(document)
    )


def _letter(record: InputRecord) -> DeadLetter:
    try:
        return read_dead_letter(record)
    except ValidationError:
        raise Unreadable("no dead letter") from None


def _refuse_decision(record: InputRecord, letter: DeadLetter, rows: Rows) -> str | None:
    """The decision will get no result: its item is open again."""
    try:
        decision = read_document(DecisionDocument, record.value)
    except Unreadable:
        return None
    rows.fates.append(
        {
            "decision_id": decision.decision_id,
            "event_id": decision.event_id,
            "published_ms": published_ms(record),
            "outcome": REFUSED,
            "fault": letter.fault.value,
        }
    )
    rows.touched_reviews.add(decision.event_id)
    return decision.event_id
