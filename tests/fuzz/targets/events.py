"""Events as Kafka records: read, or set aside to the byte over hops, and sent back unchanged."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from stream_service.console.repair.redriving import redriven_record
from stream_service.contracts.codec import encode
from stream_service.contracts.dead_letter import (
    HEADER_NAMES,
    DeadLetter,
    dead_letter_record,
    read_dead_letter,
    redrive_count,
)
from stream_service.contracts.events import decode_event, event_record
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import Headers, InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from tests.fuzz.invariants import check_refusal
from tests.fuzz.target import target_of
from tests.support import hostile_records as hostile
from tests.support.dead_letters import stored_dead_letter
from tests.support.records import input_record, json_bytes

TOPICS = Topics()
NOW = datetime(2026, 5, 6, tzinfo=UTC)
OURS = frozenset(HEADER_NAMES.values())
HOPS = 3

_events = st.fixed_dictionaries(
    {"text": st.just("t") | hostile.characters},
    optional={
        "event_id": st.sampled_from(["e", "", 0, None]) | hostile.characters,
        "customer_id": hostile.characters,
        "rating": st.integers(0, 6),
        "occurred_at": hostile.moments | st.datetimes().map(datetime.isoformat),
        "attributes": st.dictionaries(hostile.characters, hostile.values, max_size=3),
    },
)


def _envelope(data: object, more: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "type": "any", "data": data, **more}


def _in_base64(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": "any",
        "data_base64": base64.b64encode(json_bytes(data)).decode(),
    }


def _joined(one: Headers, two: Headers) -> Headers:
    return one + two


_structured = st.builds(
    _envelope,
    _events | hostile.values,
    st.dictionaries(
        st.sampled_from(["id", "time", "type", "specversion"]), hostile.values, max_size=2
    ),
)
_base64 = _events.map(_in_base64)
_values = (
    (hostile.documents | _events | _structured | _base64).map(json_bytes)
    | st.binary(max_size=60)
    | st.none()
)
_own_headers: st.SearchStrategy[Headers] = st.lists(
    st.tuples(
        st.sampled_from([*OURS, "X-Error-Fault", "Ä"]),
        st.binary(max_size=8) | st.integers().map(lambda number: str(number).encode()),
    ),
    max_size=4,
).map(tuple)
INPUTS = st.tuples(
    _values,
    st.builds(_joined, hostile.headers, _own_headers),
    st.none() | st.binary(max_size=8),
    st.integers(-(2**63), 2**63 - 1),
)


def check(drawn: tuple[bytes | None, Headers, bytes | None, int]) -> None:
    """Read it; whatever becomes of it, set it aside and send it back too."""
    value, headers, key, timestamp_ms = drawn
    record = input_record(value, headers, key=key, timestamp_ms=timestamp_ms)
    read = _read(record)
    if isinstance(read, FeedbackEvent):
        published = event_record("feedback.events", read, NOW)
        again = decode_event(input_record(published.value, published.headers))
        # A field that the envelope fills in as well: a time for an event that has none.
        assert again.model_copy(update={"occurred_at": read.occurred_at}) == read
        assert json.loads(encode(read))["event_id"] == read.event_id
    _check_set_aside(record, read)


def _read(record: InputRecord) -> FeedbackEvent | InvalidRecord:
    try:
        event = decode_event(record)
    except InvalidRecord as refusal:
        check_refusal(refusal)
        return refusal
    assert event.event_id
    assert event == decode_event(record), "the same record is read otherwise"
    return event


def _check_set_aside(record: InputRecord, read: FeedbackEvent | InvalidRecord) -> None:
    foreign = tuple(header for header in record.headers if header[0].lower() not in OURS)
    hop, hops = record, list[OutputRecord]()
    for number in range(HOPS):
        hops.append(dead_letter_record("dead", hop, _letter(hop, read), 2_000_000))
        left = hops[-1]
        assert left.key == record.key
        assert left.value == (b"" if record.value is None and record.key is None else record.value)
        assert tuple(one for one in left.headers if one[0].lower() not in OURS) == foreign
        assert sorted(name for name, _ in left.headers) == sorted(
            name for name, _ in hops[0].headers
        ), "headers grow from hop to hop"
        hop = input_record(left.value, left.headers, key=left.key, partition=1, offset=number)
    told = read_dead_letter(hop)
    assert told.redrive_count == redrive_count(record.headers)
    event_id = read.event_id if isinstance(read, FeedbackEvent) else None
    sent = redriven_record(TOPICS, stored_dead_letter(hop, told, TOPICS, event_id), None)
    assert (sent.key, sent.value) == (hop.key, hop.value), "sent back with other bytes"
    if told.topic == record.topic and isinstance(read, FeedbackEvent):
        back = input_record(sent.value, sent.headers, key=sent.key, partition=2, offset=5)
        assert decode_event(back) == read, "sent back, it is another event"


def _letter(record: InputRecord, read: FeedbackEvent | InvalidRecord) -> DeadLetter:
    fault: Any = read if isinstance(read, InvalidRecord) else None
    return DeadLetter(
        fault=Fault.JUDGE_FAILED if fault is None else fault.fault,
        error_class="RuntimeError",
        message="it failed" if fault is None else fault.message,
        field=None if fault is None else fault.field,
        failed_at=NOW,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
    )


TARGET = target_of(check, INPUTS)
