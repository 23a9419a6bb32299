"""Reading the input topic's records, and writing them for publishers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from stream_service.contracts.cloudevents import binary_headers, open_envelope
from stream_service.contracts.codec import encode, validate
from stream_service.contracts.dead_letter import first_place
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import (
    EVENT_TYPE,
    MAX_IDENTIFIER_CHARACTERS,
    FeedbackEvent,
)
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.text import clean_text, has_visible


def decode_event(record: InputRecord) -> FeedbackEvent:
    """Read one event; it has an ``event_id`` afterwards, whatever the publisher gave.

    The data's own fields win over the CloudEvents envelope's. Raises InvalidRecord.
    """
    envelope = open_envelope(record)
    data = dict(envelope.data)
    if data.get("event_id") is None:
        data["event_id"] = enveloped_event_id(envelope.id) or derived_event_id(record)
    if data.get("occurred_at") is None and envelope.time is not None:
        data["occurred_at"] = envelope.time
    return event_of(data)


def event_of(data: Mapping[str, object]) -> FeedbackEvent:
    """Check an event's data, as it came in or as it is about to be published.

    Raises InvalidRecord, which names the field.
    """
    refuse_empty_text(data.get("text"))
    return validate(FeedbackEvent, data)


def derived_event_id(record: InputRecord) -> str:
    """The name of an event that came without one: the same at every reading of the record.

    It is the same too when the record comes back from the dead letters, at another place.
    """
    place = first_place(record.headers) or record
    return str(uuid5(NAMESPACE_URL, f"kafka:{place.topic}/{place.partition}/{place.offset}"))


def enveloped_event_id(identifier: str | None) -> str | None:
    """The name of an event that its envelope names; None where nothing of the name can be seen.

    CloudEvents bounds no id: one too long to be an ``event_id`` becomes a name made from it, the
    same for the same id.
    """
    cleaned = clean_text(identifier or "")
    if len(cleaned) > MAX_IDENTIFIER_CHARACTERS:
        return str(uuid5(NAMESPACE_URL, f"cloudevents:{cleaned}"))
    return cleaned or None


def event_record(topic: str, event: FeedbackEvent, published_at: datetime) -> OutputRecord:
    """The record that publishes ``event``; an event without an id gets a random one."""
    named = event if event.event_id else event.model_copy(update={"event_id": str(uuid4())})
    assert named.event_id is not None  # noqa: S101 - for the type checker
    headers = binary_headers(
        event_id=named.event_id, event_type=EVENT_TYPE, time=named.occurred_at or published_at
    )
    key = (named.customer_id or named.event_id).encode()
    return OutputRecord(topic=topic, key=key, value=encode(named), headers=headers)


def refuse_empty_text(text: object) -> None:
    """Say it in words of the field: the model's own message would speak of a minimal length."""
    if isinstance(text, str) and not has_visible(text):
        raise InvalidRecord(
            Fault.INVALID_FIELD,
            "text: there is nothing in it that a person could see",
            field="text",
        )
