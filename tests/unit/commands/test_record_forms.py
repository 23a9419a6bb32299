import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stream_service.commands.display.record_json import record_json
from stream_service.commands.display.record_text import record_text
from stream_service.contracts.codec import encode
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.record import Headers, InputRecord
from stream_service.contracts.topics import Topics
from tests.support.judges import verdict_on

TOPICS = Topics("p.")
HOSTILE = "[bold]50%[/bold] \x1b[2J\x1b]0;owned\x07 \x9b31m \u202eevil"
"""Markup of rich's, escape sequences in both spellings, a change of direction."""

UNSAFE = set(map(chr, [*range(9), *range(11, 32), *range(0x7F, 0xA0), 0x202E]))


def record(value: bytes | None, topic: str = TOPICS.replies, **fields: Any) -> InputRecord:
    plain = InputRecord(
        topic=topic,
        partition=2,
        offset=7,
        timestamp_ms=1_700_000_000_123,
        key=b"k",
        value=value,
    )
    return replace(plain, **fields)


def verdict(**fields: Any) -> bytes:
    event = FeedbackEvent(event_id="e1", customer_id="c1", **fields)
    source = Source(topic=TOPICS.events, partition=0, offset=3)
    return encode(verdict_on(event, source, datetime.now(UTC)))


def shown(subject: InputRecord) -> str:
    console = Console(width=200, soft_wrap=True, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(record_text(TOPICS, subject))
    return captured.get()


# JSON -------------------------------------------------------------------------------------------


def test_a_record_as_json_has_this_shape() -> None:
    headers: Headers = (("a", b"1"), ("a", None), ("b", b"\xff"))

    assert json.loads(record_json(record(b'{"x": 1}', headers=headers))) == {
        "topic": "p.feedback.replies",
        "partition": 2,
        "offset": 7,
        "timestamp": "2023-11-14T22:13:20.123+00:00",
        "key": "k",
        "headers": [
            {"name": "a", "value": "1"},
            {"name": "a", "value": None},
            {"name": "b", "value_base64": "/w=="},
        ],
        "value": {"x": 1},
    }


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (None, "value", None),
        (b"[1]", "value", [1]),
        (b"no json", "value_text", "no json"),
        (b"", "value_text", ""),
        (b"\xff\xfe", "value_base64", "//4="),
    ],
)
def test_another_field_holds_a_value_that_is_no_json(
    value: bytes | None, field: str, expected: object
) -> None:
    document = json.loads(record_json(record(value)))

    assert [name for name in document if name.startswith("value")] == [field]
    assert document[field] == expected


def test_json_passes_unchanged_but_for_line_ends() -> None:
    value = b'{"a":1,\r\n"a":1.000000000000000000001,\n "n":123456789012345678901234567890}'

    line = record_json(record(value))

    assert '{"a":1,  "a":1.000000000000000000001,  "n":123456789012345678901234567890}' in line
    assert "\n" not in line


def test_a_key_that_is_no_text_is_base64() -> None:
    document = json.loads(record_json(record(b"1", key=b"\xff")))

    assert document["key_base64"] == "/w=="
    assert "key" not in document


def test_control_characters_are_escaped_and_survive() -> None:
    value = json.dumps({"text": HOSTILE}, ensure_ascii=False).encode()

    line = record_json(record(value, key=HOSTILE.encode()))

    assert not UNSAFE & set(line)
    assert json.loads(line)["value"] == {"text": HOSTILE}
    assert json.loads(line)["key"] == HOSTILE


@given(st.binary(max_size=80) | st.none(), st.binary(max_size=20))
def test_any_record_becomes_one_line_of_json(value: bytes | None, key: bytes) -> None:
    line = record_json(record(value, key=key, headers=(("h", value),)))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["offset"] == 7


# For a person -----------------------------------------------------------------------------------


def test_a_reply_is_shown_with_who_what_and_the_text() -> None:
    text = shown(record(verdict(text="first\nsecond")))

    assert text == (
        "2023-11-14 22:13:20Z  reply  c1 / e1  complaint  echo  auto, en\n    first\n    second\n"
    )


def test_a_review_is_shown_with_reasons_text_and_draft() -> None:
    lines = shown(record(verdict(text="bad", rating=1), TOPICS.reviews)).splitlines()

    assert lines[0].startswith(
        "2023-11-14 22:13:20Z  review  c1 / e1  complaint  anger  normal, due "
    )
    assert lines[1:] == ["    text   bad", "    draft  bad"]


def test_a_dead_letter_is_shown_with_its_fault_and_where_it_stood() -> None:
    letter = DeadLetter(
        fault=Fault.INVALID_FIELD,
        error_class="InvalidRecord",
        message="rating: too high",
        field="rating",
        failed_at=datetime.now(UTC),
        topic=TOPICS.events,
        partition=4,
        offset=9,
        timestamp_ms=1,
    )
    dead = dead_letter_record(TOPICS.dead_letters, record(b'{"rating": \xff9}'), letter, 10_000)

    text = shown(record(dead.value, TOPICS.dead_letters, headers=dead.headers))

    assert text == (
        "2023-11-14 22:13:20Z  dead letter  p.feedback.events/4/9  invalid_field  rating  "
        'rating: too high\n    value  {"rating": \\xff9}\n'
    )


@pytest.mark.parametrize("topic", [TOPICS.replies, TOPICS.reviews, TOPICS.dead_letters])
@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe\x1b[2J", b"[]", b'{"reply_id": "r"}'])
def test_a_record_that_cannot_be_read_is_shown_as_it_is(topic: str, value: bytes | None) -> None:
    text = shown(record(value, topic))

    assert f"unreadable  {topic}/2/7" in text
    assert not UNSAFE & set(text)


def test_what_a_customer_wrote_stays_text() -> None:
    hostile = json.dumps(HOSTILE).encode()
    for subject in (
        record(verdict(text="WRITTEN").replace(b'"WRITTEN"', hostile)),
        record(verdict(text="any").replace(b'"e1"', hostile)),
        record(verdict(text="WRITTEN", rating=1).replace(b'"WRITTEN"', hostile), TOPICS.reviews),
        record(HOSTILE.encode(), TOPICS.dead_letters),
    ):
        text = shown(subject)
        assert "[bold]50%[/bold]" in text
        assert not UNSAFE & set(text)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_value_reaches_the_terminal_as_control_characters(value: bytes) -> None:
    assert not UNSAFE & set(shown(record(value, TOPICS.dead_letters)))
