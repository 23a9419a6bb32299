"""Feedback events."""

from stream_service.console.projection.facts.rows import Rows, Unreadable, published_ms, total
from stream_service.contracts.codec import encode
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord


def read_event(record: InputRecord, rows: Rows) -> None:
    """Add an event, named as the engine names it; a bad one comes again as a dead letter."""
    rows.totals.append(total(record, "received"))
    try:
        event = decode_event(record)
    except InvalidRecord as error:
        raise Unreadable(error.fault.value) from None
    rows.events.append(
        {
            "event_id": event.event_id,
            "partition": record.partition,
            "offset": record.offset,
            "published_ms": published_ms(record),
            "customer_id": event.customer_id,
            "channel": event.channel,
            "document": encode(event),
        }
    )
