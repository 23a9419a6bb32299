"""Dead letters as the console holds them."""

from stream_service.console.queries.dead_letters import StoredDeadLetter
from stream_service.contracts.dead_letter import DeadLetter
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics


def stored_dead_letter(
    record: InputRecord, told: DeadLetter, topics: Topics, event_id: str | None
) -> StoredDeadLetter:
    """The dead letter ``record``, whose headers tell ``told``, of an event's record."""
    return StoredDeadLetter(
        partition=record.partition,
        offset=record.offset,
        published_ms=record.timestamp_ms,
        event_id=event_id,
        fault=told.fault,
        error_class=told.error_class,
        message=told.message,
        field=told.field,
        # Anybody can write that header; a foreign topic is refused, which is tested elsewhere.
        original_topic=topics.events,
        original_partition=told.partition,
        original_offset=told.offset,
        redrive_count=told.redrive_count,
        omitted=False,
        redriven_ms=None,
        redriven_by=None,
        headers=record.headers,
        key=record.key,
        value=record.value,
    )
