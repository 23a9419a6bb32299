"""Events from records: what the service makes of whatever a publisher may send."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_service.contracts.codec import encode
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.events import decode_event, derived_event_id, event_record
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import Headers, InputRecord, OutputRecord
from tests.support import hostile_records as hostile
from tests.support.records import BAD_VALUES, input_record, json_bytes


def set_aside(record: InputRecord, refusal: InvalidRecord) -> OutputRecord:
    letter = DeadLetter(
        fault=refusal.fault,
        error_class=type(refusal).__name__,
        message=refusal.message,
        field=refusal.field,
        failed_at=datetime.now(UTC),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
    )
    return dead_letter_record("dead", record, letter, max_bytes=2_000_000)


def read_or_set_aside(record: InputRecord) -> None:
    """What the transport does with a record; nothing but a refusal by name may be raised."""
    try:
        encode(decode_event(record))
    except InvalidRecord as refusal:
        whole = set_aside(record, refusal)
        assert whole.value == record.value
        added = whole.size_bytes - len(record.value or b"") - len(record.key or b"")
        assert added < 2_000, "a dead letter is hardly larger than its record"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), hostile.headers)
def test_any_bytes_are_read_or_set_aside(value: bytes, headers: Any) -> None:
    read_or_set_aside(input_record(value, headers))


@settings(deadline=None, max_examples=300)
@given(hostile.documents, hostile.headers)
def test_any_json_object_is_read_or_set_aside(document: dict[str, Any], headers: Any) -> None:
    read_or_set_aside(input_record(json_bytes(document), headers))


@pytest.mark.parametrize("kind", BAD_VALUES)
def test_a_bad_value_is_set_aside(kind: str) -> None:
    record = input_record(BAD_VALUES[kind][0])
    with pytest.raises(InvalidRecord):
        decode_event(record)
    read_or_set_aside(record)


def test_an_event_without_an_id_is_named_by_its_place() -> None:
    record = input_record(b'{"text":"t"}')
    event = decode_event(record)
    assert event.event_id == derived_event_id(record)
    assert decode_event(record) == event
    elsewhere = input_record(b'{"text":"t"}', offset=42)
    assert decode_event(elsewhere).event_id != event.event_id


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        pytest.param(b'{"text":"t"}', (), id="plain"),
        pytest.param(
            b'{"text":"t"}', (("ce_specversion", b"1.0"), ("ce_type", b"any")), id="binary, no id"
        ),
        pytest.param(
            b'{"specversion":"1.0","type":"any","data":{"text":"t"}}', (), id="structured, no id"
        ),
    ],
)
def test_an_event_without_an_id_that_comes_back_is_the_same_event(
    value: bytes, headers: Headers
) -> None:
    record = input_record(value, headers)
    event = decode_event(record)
    left = set_aside(record, InvalidRecord(Fault.JUDGE_FAILED, "it failed"))
    back = input_record(left.value, left.headers, partition=1, offset=99)
    assert decode_event(back) == event


def test_invisible_text_is_refused_in_words_of_the_field() -> None:
    for text in ("", " \n", "\u200b", "\u3164", "\ufe00"):
        with pytest.raises(InvalidRecord, match="nothing in it that a person could see"):
            decode_event(input_record(json_bytes({"text": text})))


def test_what_is_published_is_read_back() -> None:
    event = FeedbackEvent(
        event_id="e1",
        customer_id="c1",
        text="包裹迟到了 \U0001f468\u200d\U0001f469\u200d\U0001f467",
        rating=2,
        occurred_at=datetime(2026, 1, 2, tzinfo=UTC),
        attributes={"vip": True, "none": None},
    )
    published = event_record("feedback.events", event, datetime.now(UTC))
    assert published.key == b"c1"
    assert decode_event(input_record(published.value, published.headers)) == event


def test_an_event_without_id_and_customer_is_published_under_a_name_of_its_own() -> None:
    published = event_record("feedback.events", FeedbackEvent(text="t"), datetime.now(UTC))
    value: dict[str, Any] = json.loads(published.value or b"")
    assert published.key == str(value["event_id"]).encode()
    assert dict(published.headers)["ce_id"] == published.key


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=40))
def test_bytes_in_place_of_a_json_text_raise_nothing_else(tail: bytes) -> None:
    with suppress(InvalidRecord):
        decode_event(input_record(b'{"text":"t' + tail + b'"}'))
