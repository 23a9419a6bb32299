"""Feedback events."""

from stream_service.console.projection.facts.documents import OwnEventDocument, read_whole_document
from stream_service.console.projection.facts.rows import Rows, Unreadable, published_ms, total
from stream_service.contracts.cloudevents import SOURCE, SPECIFICATION_VERSION
from stream_service.contracts.codec import encode
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import EVENT_TYPE
from stream_service.contracts.record import InputRecord

_OWN = {
    ("ce_specversion", SPECIFICATION_VERSION.encode()),
    ("ce_type", EVENT_TYPE.encode()),
    ("ce_source", SOURCE.encode()),
}
"""The headers of what the gateway and the command publish: checked, cleaned and named already."""


def read_event(record: InputRecord, rows: Rows) -> None:
    """Add an event, named as the engine names it; a bad one comes again as a dead letter."""
    rows.totals.append(total(record, "received"))
    event_id, customer_id, channel, document = _own(record) or _foreign(record)
    rows.events.append(
        {
            "event_id": event_id,
            "partition": record.partition,
            "offset": record.offset,
            "published_ms": published_ms(record),
            "customer_id": customer_id,
            "channel": channel,
            "document": document,
        }
    )


_Event = tuple[str, str | None, str | None, bytes]
"""Event, customer, channel and document."""


def _own(record: InputRecord) -> _Event | None:
    """A tenth of what a full reading takes; None where a full one is needed."""
    if not _OWN.issubset(record.headers):
        return None
    try:
        event = read_whole_document(OwnEventDocument, record.value)
    except Unreadable:
        return None
    return event.event_id, event.customer_id, event.channel, record.value or b""


def _foreign(record: InputRecord) -> _Event:
    try:
        event = decode_event(record)
    except InvalidRecord as error:
        raise Unreadable(error.fault.value) from None
    return event.event_id or "", event.customer_id, event.channel, encode(event)
