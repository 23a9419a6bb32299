"""JSON from bytes: each fault by its name, and nothing of the value in any message."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_service.contracts.codec import MAX_DEPTH, MAX_VALUE_BYTES, decode, decode_object, encode
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.review import ReviewDecision
from tests.support.records import BAD_VALUES, SECRET, json_bytes


@pytest.mark.parametrize("characters", [10, 300, 2_500, 20_000])
def test_what_is_encoded_takes_no_more_memory_than_its_bytes(characters: int) -> None:
    """Thousands are kept at once: outcomes that wait for their commit, requests under way."""
    event = FeedbackEvent(event_id="e", text="x" * characters)
    encode(event)
    tracemalloc.start()
    try:
        kept = [encode(event) for _ in range(50)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1.1 * sum(len(value) + 64 for value in kept)


@pytest.mark.parametrize("kind", BAD_VALUES)
def test_a_bad_value_is_refused_by_the_name_of_its_fault(kind: str) -> None:
    value, fault = BAD_VALUES[kind]
    with pytest.raises(InvalidRecord) as refusal:
        decode(FeedbackEvent, value)
    assert refusal.value.fault is fault
    assert SECRET not in refusal.value.message
    assert SECRET not in (refusal.value.field or "")
    assert len(refusal.value.message) < 300
    refusal.value.message.encode()


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "text"),
        ({"text": [SECRET]}, "text"),
        ({"text": "t", "rating": 9}, "rating"),
        ({"text": "t", "attributes": {SECRET: [SECRET]}}, "attributes"),
        ({"text": "t", "attributes": SECRET}, "attributes"),
        ({"text": "t", "occurred_at": SECRET}, "occurred_at"),
    ],
)
def test_a_refusal_names_the_field(document: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRecord) as refusal:
        decode(FeedbackEvent, json_bytes(document))
    assert refusal.value.field == field
    assert refusal.value.message.startswith(f"{field}: ")


@pytest.mark.parametrize("args", [{}, {"args": {}}, {"args": {"text": " \u200b"}}])
def test_a_decision_that_lacks_its_text_names_the_field(args: dict[str, Any]) -> None:
    document = {"decision_id": "d", "event_id": "e", "review": {"partition": 0, "offset": 1}}
    with pytest.raises(InvalidRecord) as refusal:
        decode(ReviewDecision, json_bytes({**document, "type": "edit", **args}))
    assert refusal.value.field == "args"
    assert refusal.value.message == "args: args.text must be given for a decision of type edit"


def test_a_refusal_counts_the_other_faulty_fields() -> None:
    with pytest.raises(InvalidRecord, match=r"\(and 2 more\)"):
        decode(
            FeedbackEvent, json_bytes({"text": "t", "rating": 9, "product": [], "customer_id": {}})
        )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b'\xef\xbb\xbf{"text":"t"}', id="byte order mark"),
        pytest.param(b'\x00\x00\x00\x00\x07{"text":"t"}', id="Schema Registry prefix"),
        pytest.param(b'\x00\x00\x00\x00\x07\xef\xbb\xbf{"text":"t"}', id="prefix, then mark"),
        pytest.param(b'{"text":"t","weather":{"sun":[1,2]}}', id="unknown fields"),
        pytest.param(b'  {"text" : "t"}\n', id="white space around"),
        pytest.param(b'{"text":"\\ud800t\\udfff"}', id="lone surrogates are cleaned away"),
        pytest.param(b'{"text":"\\u0000t"}', id="NUL is cleaned away"),
        pytest.param(b'{"text":"t","rating":null,"attributes":{}}', id="null is missing"),
        pytest.param(b'{"text":"t","big":18446744073709551615}', id="largest 64-bit integer"),
        pytest.param(b'{"text":"t","low":-9223372036854775808}', id="least 64-bit integer"),
        pytest.param(b'{"text":"t","a":1e-400,"b":1.7e308}', id="doubles"),
    ],
)
def test_a_good_value_is_read(value: bytes) -> None:
    assert decode(FeedbackEvent, value) == FeedbackEvent(text="t")


def test_the_deepest_and_the_largest_allowed_values_are_read() -> None:
    inner = b"[" * (MAX_DEPTH - 1) + b"1" + b"]" * (MAX_DEPTH - 1)
    assert decode_object(b'{"a":' + inner + b"}")
    assert decode_object(b'{"a":"' + b"x" * (MAX_VALUE_BYTES - 8) + b'"}')


def test_numbers_serve_as_names_and_text() -> None:
    event = decode(FeedbackEvent, b'{"event_id":12,"customer_id":7,"text":500}')
    assert (event.event_id, event.customer_id, event.text) == ("12", "7", "500")


def test_attributes_keep_their_types_and_are_cleaned() -> None:
    attributes = {
        "vip\u200b": True,
        "count": 3,
        "share": 0.5,
        "shop\u0000": "Bonn\ud800",
        "x": None,
    }
    event = decode(FeedbackEvent, json_bytes({"text": "t", "attributes": attributes}))
    expected = {"vip": True, "count": 3, "share": 0.5, "shop": "Bonn", "x": None}
    assert event.attributes == expected
    assert [type(value) for value in event.attributes.values()] == [
        bool,
        int,
        float,
        str,
        type(None),
    ]
    assert json.loads(encode(event))["attributes"] == expected


def test_a_time_without_offset_is_utc_and_others_are_turned_to_utc() -> None:
    def occurred(text: str) -> str:
        event = decode(FeedbackEvent, json_bytes({"text": "t", "occurred_at": text}))
        assert event.occurred_at is not None
        return event.occurred_at.isoformat()

    assert occurred("2026-01-02T03:04:05") == "2026-01-02T03:04:05+00:00"
    assert occurred("2016-12-31T23:59:60Z") == "2016-12-31T23:59:59.999999+00:00"
    assert occurred("2017-01-01t07:59:60.25+08:00") == "2016-12-31T23:59:59.999999+00:00"
    assert occurred("2026-01-02T03:04:05+08:00") == "2026-01-01T19:04:05+00:00"


def test_encoding_leaves_null_fields_out() -> None:
    assert json.loads(encode(FeedbackEvent(text="t"))) == {"text": "t", "attributes": {}}


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_an_object_or_refused_by_name(value: bytes) -> None:
    try:
        document = decode_object(value)
    except InvalidRecord as refusal:
        assert isinstance(refusal.fault, Fault)
    else:
        assert isinstance(document, dict)


def test_a_text_of_the_wrong_length_is_told_in_characters() -> None:
    for wrong in ({"customer_id": ""}, {"event_id": "x" * 201}, {"product": "x" * 201}):
        with pytest.raises(InvalidRecord, match="character"):
            decode(FeedbackEvent, json_bytes({"text": "t", **wrong}))
