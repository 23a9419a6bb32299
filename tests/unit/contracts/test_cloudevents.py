"""CloudEvents: both modes, what is taken from the envelope, and what is refused."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from stream_service.contracts.cloudevents import binary_headers
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import EVENT_TYPE
from stream_service.contracts.record import Headers
from tests.support.records import BAD_CLOUDEVENTS, SECRET, input_record, json_bytes

STRUCTURED: Headers = (("content-type", b"application/cloudevents+json; charset=utf-8"),)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def binary(**attributes: bytes | None) -> Headers:
    given: dict[str, bytes | None] = {"specversion": b"1.0", "type": EVENT_TYPE.encode()}
    return tuple((f"ce_{name}", value) for name, value in {**given, **attributes}.items())


def structured(**attributes: Any) -> bytes:
    return json_bytes({"specversion": "1.0", "type": EVENT_TYPE, "source": "/shop", **attributes})


@pytest.mark.parametrize("kind", BAD_CLOUDEVENTS)
def test_a_malformed_envelope_is_refused_by_the_name_of_its_fault(kind: str) -> None:
    value, headers, fault = BAD_CLOUDEVENTS[kind]
    with pytest.raises(InvalidRecord) as refusal:
        decode_event(input_record(value, headers))
    assert refusal.value.fault is fault
    assert SECRET not in refusal.value.message


def test_binary_mode_gives_id_and_time() -> None:
    event = decode_event(
        input_record(b'{"text":"t"}', binary(id=b"from-header", time=b"2026-03-04T12:00:00Z"))
    )
    assert (event.event_id, event.occurred_at) == ("from-header", NOON)


@pytest.mark.parametrize("headers", [STRUCTURED, ()], ids=["by content type", "by its look"])
def test_structured_mode_gives_id_time_and_data(headers: Headers) -> None:
    value = structured(id="from-envelope", time="2026-03-04T12:00:00Z", data={"text": "t"})
    event = decode_event(input_record(value, headers))
    assert (event.event_id, event.text, event.occurred_at) == ("from-envelope", "t", NOON)


def test_data_may_be_base64() -> None:
    value = structured(id="e", data_base64=base64.b64encode('{"text":"迟到"}'.encode()).decode())
    assert decode_event(input_record(value, STRUCTURED)).text == "迟到"


def test_structured_mode_counts_although_binary_headers_stand_beside_it() -> None:
    value = structured(id="inner", data={"text": "t"})
    event = decode_event(input_record(value, (*STRUCTURED, *binary(id=b"outer"))))
    assert event.event_id == "inner"


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_data_s_own_fields_win(mode: str) -> None:
    data = {"text": "t", "event_id": "own", "occurred_at": "2026-03-04T12:00:00Z"}
    record = (
        input_record(json_bytes(data), binary(id=b"other", time=b"2020-01-01T00:00:00Z"))
        if mode == "binary"
        else input_record(structured(id="other", time="2020-01-01T00:00:00Z", data=data))
    )
    event = decode_event(record)
    assert (event.event_id, event.occurred_at) == ("own", NOON)


def test_a_foreign_type_is_the_publisher_s_affair() -> None:
    foreign = binary(type=b"com.shop.review.created.v7", id=b"e")
    assert decode_event(input_record(b'{"text":"t"}', foreign)).event_id == "e"
    value = structured(type="com.shop.review", id="e", data={"text": "t"})
    assert decode_event(input_record(value, STRUCTURED)).event_id == "e"


def test_header_names_are_compared_without_regard_to_case() -> None:
    headers = (("CE_SpecVersion", b"1.0"), ("Ce_Type", b"any"), ("CE_ID", b"e"))
    assert decode_event(input_record(b'{"text":"t"}', headers)).event_id == "e"


@pytest.mark.parametrize(
    "time",
    [b"soon", b"\xff", b"", None, b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-01:00"],
)
def test_an_envelope_s_time_that_cannot_be_read_is_left_out(time: bytes | None) -> None:
    event = decode_event(input_record(b'{"text":"t"}', binary(id=b"e", time=time)))
    assert event.occurred_at is None
    if time is not None and time.isascii():
        value = structured(id="e", time=time.decode(), data={"text": "t"})
        assert decode_event(input_record(value)).occurred_at is None


@pytest.mark.parametrize("identifier", [None, b"", b"\xff", b" ", "\u200b".encode()])
def test_an_envelope_s_id_that_cannot_be_read_is_replaced(identifier: bytes | None) -> None:
    event = decode_event(input_record(b'{"text":"t"}', binary(id=identifier)))
    assert event.event_id == decode_event(input_record(b'{"text":"t"}')).event_id


def test_an_envelope_s_id_of_any_length_names_the_event() -> None:
    """CloudEvents bounds none; the feedback behind it is as good as any."""

    def named(identifier: str) -> str | None:
        value = structured(id=identifier, data={"text": "t"})
        in_headers = decode_event(input_record(b'{"text":"t"}', binary(id=identifier.encode())))
        assert decode_event(input_record(value, STRUCTURED)).event_id == in_headers.event_id
        return in_headers.event_id

    long = "urn:shop:" + "包" * 300
    assert named("x" * 200) == "x" * 200
    assert named(f" {'x' * 200}\u200b") == "x" * 200
    assert named(long) == named(long)
    assert named(long) != named(f"{long}-")
    assert len(named(long) or "") <= 200


def test_a_null_beside_the_data_is_as_good_as_absent() -> None:
    value = structured(id="e", time=None, data={"text": "t"}, data_base64=None)
    assert decode_event(input_record(value, STRUCTURED)).text == "t"


def test_an_envelope_s_fields_of_other_types_are_left_out() -> None:
    event = decode_event(input_record(structured(id=7, time=9, data={"text": "t"}), STRUCTURED))
    assert event.event_id == decode_event(input_record(b'{"text":"t"}')).event_id
    assert event.occurred_at is None


def test_a_plain_object_with_a_specversion_but_no_data_is_no_envelope() -> None:
    assert decode_event(input_record(b'{"text":"t","specversion":"9"}')).text == "t"


def test_what_is_written_is_binary_mode() -> None:
    assert binary_headers(event_id="e1", event_type=EVENT_TYPE, time=NOON) == (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e1"),
        ("ce_type", EVENT_TYPE.encode()),
        ("ce_source", b"/stream-service"),
        ("ce_time", b"2026-03-04T12:00:00+00:00"),
        ("content-type", b"application/json"),
    )
