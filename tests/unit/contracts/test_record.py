"""Records: times that no calendar holds, sizes, headers by name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stream_service.contracts.record import OutputRecord, header_text, header_values
from tests.support.records import input_record


@pytest.mark.parametrize(
    ("timestamp_ms", "year"),
    [(-1, 1969), (1_790_000_000_000_000, 9999), (2**63 - 1, 9999), (-(2**62), 1)],
    ids=["no timestamp", "microseconds", "largest", "far past"],
)
def test_a_timestamp_outside_the_calendar_is_the_nearest_time(timestamp_ms: int, year: int) -> None:
    received_at = input_record(b"", timestamp_ms=timestamp_ms).received_at
    assert received_at.year == year
    assert received_at.tzinfo is UTC


def test_a_timestamp_is_milliseconds_in_utc() -> None:
    received_at = input_record(b"", timestamp_ms=1_767_323_045_678).received_at
    assert received_at == datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_the_size_counts_key_value_and_headers() -> None:
    headers = (("ab", b"123"), ("null", None))
    assert OutputRecord(topic="t", key=b"k", value=b"four", headers=headers).size_bytes == 18
    assert OutputRecord(topic="t", key=None, value=None).size_bytes == 0


def test_a_header_s_name_counts_in_bytes() -> None:
    record = OutputRecord(topic="t", key=None, value=None, headers=(("标题", b""),))
    assert record.size_bytes == 8


def test_headers_without_name_and_value_have_their_lengths() -> None:
    """By names and values alone a record of them alone was no larger than an empty one."""
    hollow = OutputRecord(topic="t", key=None, value=None, headers=(("", None),) * 1_000)
    assert hollow.size_bytes == 2_000


def test_what_a_record_holds_counts_its_headers_as_objects() -> None:
    plain = input_record(b"value")
    assert plain.held_bytes >= len(b"value")
    assert replace(plain, headers=(("", None),) * 1_000).held_bytes > plain.held_bytes + 100_000


def test_the_last_of_several_headers_counts() -> None:
    headers = (("Name", b"first"), ("other", b"x"), ("name", b"second"))
    assert list(header_values(headers, "NAME")) == [b"first", b"second"]
    assert header_text(headers, "name") == "second"


@pytest.mark.parametrize("value", [None, b"\xff"])
def test_a_last_header_without_text_hides_the_earlier_ones(value: bytes | None) -> None:
    assert header_text((("name", b"text"), ("name", value)), "name") is None
    assert header_text((), "name") is None
