"""Dead letters: the original to the byte, what we know beside it, and no growth over hops."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stream_service.contracts.dead_letter import (
    DeadLetter,
    dead_letter_record,
    read_dead_letter,
    redrive_count,
)
from stream_service.contracts.faults import Fault
from stream_service.contracts.record import Headers, InputRecord, OutputRecord
from tests.support.records import input_record

TOPIC = "feedback.dead-letters"
ROOM = 1_000_000

ORIGINAL_HEADERS: Headers = (
    ("ce_id", b"e1"),
    ("tenant", b"a"),
    ("tenant", b"b"),
    ("empty", b""),
    ("null", None),
    ("binary", b"\xff\xfe\x00"),
    ("Überschrift", "schön".encode()),
    ("traceparent", b"\xff\xfe"),
    ("x-error-code", b"the publisher's own"),
    ("x-original-language", b"zh"),
)


def letter(record: InputRecord, **fields: Any) -> DeadLetter:
    known: dict[str, Any] = {
        "fault": Fault.NOT_JSON,
        "error_class": "InvalidRecord",
        "message": "the value is not JSON",
        "field": None,
        "failed_at": datetime(2026, 5, 6, tzinfo=UTC),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
    }
    return DeadLetter(**{**known, **fields})


def set_aside(record: InputRecord, **fields: Any) -> OutputRecord:
    return dead_letter_record(TOPIC, record, letter(record, **fields), ROOM)


def as_read(record: OutputRecord, **place: Any) -> InputRecord:
    """The published record, as a consumer of its topic gets it."""
    return input_record(record.value, record.headers, key=record.key, **place)


def foreign(record: OutputRecord) -> Headers:
    return record.headers[: len(ORIGINAL_HEADERS)]


@pytest.mark.parametrize("value", [b"\xff\x00 raw", b"", b"{}"])
@pytest.mark.parametrize("key", [b"\xfe key", b"", None])
def test_key_value_and_headers_are_the_original_s(key: bytes | None, value: bytes) -> None:
    record = set_aside(input_record(value, ORIGINAL_HEADERS, key=key))
    assert (record.topic, record.key, record.value) == (TOPIC, key, value)
    assert foreign(record) == ORIGINAL_HEADERS


def test_a_null_value_stays_null_where_a_key_makes_that_publishable() -> None:
    assert set_aside(input_record(None)).value is None
    assert set_aside(input_record(None, key=None)).value == b"", "clients refuse null and null"


def test_what_we_know_is_read_back() -> None:
    record = input_record(b"x", ORIGINAL_HEADERS)
    told = letter(record, fault=Fault.INVALID_FIELD, field="text", message="text: too long")
    published = dead_letter_record(TOPIC, record, told, ROOM)
    assert read_dead_letter(as_read(published)) == told


def test_a_letter_without_a_field_says_nothing_of_a_field() -> None:
    record = set_aside(input_record(b"x"))
    assert "x-error-field" not in dict(record.headers)
    assert read_dead_letter(as_read(record)).field is None


def test_a_record_that_is_no_dead_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="fault"):
        read_dead_letter(input_record(b"x", (("x-error-fault", b"nonsense"),)))


def test_headers_stay_constant_over_ten_hops() -> None:
    """S17: the latest error, the first place, each header once; the value to the byte."""
    first = set_aside(input_record(b"\xffvalue", ORIGINAL_HEADERS, partition=5, offset=900))
    hop = first
    for number in range(1, 11):
        hop = set_aside(
            as_read(hop, partition=1, offset=number), fault=Fault.JUDGE_FAILED, message="again"
        )
        assert (hop.key, hop.value) == (first.key, first.value)
        assert [name for name, _ in hop.headers] == [name for name, _ in first.headers]
        assert foreign(hop) == ORIGINAL_HEADERS
    known = read_dead_letter(as_read(hop))
    assert (known.partition, known.offset) == (5, 900)
    assert (known.fault, known.message) == (Fault.JUDGE_FAILED, "again")


@pytest.mark.parametrize(
    "spoiled",
    [
        {"x-original-partition": b"first"},
        {"x-original-offset": b"-4"},
        {"x-original-offset": "²".encode()},
        {"x-original-timestamp": b"\xff"},
        {"x-original-topic": None},
        {"x-original-topic": b"t" * 250},
        {"x-original-offset": b"9" * 5_000},
    ],
)
def test_a_first_place_that_a_publisher_made_up_is_replaced(
    spoiled: dict[str, bytes | None],
) -> None:
    earlier = dict(set_aside(input_record(b"x", partition=5, offset=900)).headers)
    record = input_record(b"x", tuple({**earlier, **spoiled}.items()), partition=1, offset=7)
    known = read_dead_letter(as_read(set_aside(record)))
    assert (known.topic, known.partition, known.offset) == (record.topic, 1, 7)


def test_a_first_place_told_in_part_is_replaced_as_a_whole() -> None:
    record = input_record(b"x", (("x-original-offset", b"900"),), partition=1, offset=7)
    assert read_dead_letter(as_read(set_aside(record))).offset == 7


def test_a_value_too_large_to_be_carried_leaves_its_place_and_hash() -> None:
    value, headers = b"\xff" * 2_000, (("tenant", b"abc"), ("标", None))
    record = input_record(value, headers, key=b"key-", partition=5, offset=900)
    published = dead_letter_record(TOPIC, record, letter(record), max_bytes=1_999)
    assert published.size_bytes < 1_999
    assert json.loads(published.value or b"") == {
        "topic": "feedback.events",
        "partition": 5,
        "offset": 900,
        "key_bytes": 4,
        "value_bytes": 2_000,
        "headers_bytes": 16,
        "value_sha256": hashlib.sha256(value).hexdigest(),
    }
    known = read_dead_letter(as_read(published))
    assert known.omitted
    assert (known.partition, known.offset) == (5, 900)


def test_an_omitted_record_keeps_the_count_of_its_redrives() -> None:
    record = input_record(b"x" * 2_000, (("x-redrive-count", b"3"),))
    published = dead_letter_record(TOPIC, record, letter(record), max_bytes=1_000)
    assert read_dead_letter(as_read(published)).redrive_count == 3


def test_the_size_limit_is_met_exactly() -> None:
    record = input_record(b"x" * 500)
    whole = set_aside(record)
    assert dead_letter_record(TOPIC, record, letter(record), whole.size_bytes) == whole
    assert dead_letter_record(TOPIC, record, letter(record), whole.size_bytes - 1) != whole


def test_a_message_is_cut_to_a_sentence_s_length() -> None:
    record = set_aside(input_record(b"x"), message="long " * 1_000)
    assert len(dict(record.headers)["x-error-message"] or b"") == 500


@pytest.mark.parametrize(
    ("value", "count"),
    [(b"0", 0), (b"12", 12), (b"-1", 0), (b"x", 0), (b"\xff", 0), (None, 0), (b"9" * 5_000, 0)],
)
def test_a_redrive_count_that_makes_no_sense_is_none(value: bytes | None, count: int) -> None:
    assert redrive_count((("x-redrive-count", value),)) == count


def test_the_redrive_count_is_carried_and_read() -> None:
    record = set_aside(input_record(b"x", (("x-redrive-count", b"2"),)))
    assert read_dead_letter(as_read(record)).redrive_count == 2
