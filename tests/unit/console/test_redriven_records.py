"""What a dead letter becomes on its way back: the same event, by the same name."""

from datetime import UTC, datetime

import pytest

from stream_service.console.repair.redriving import redriven_record
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import Headers
from stream_service.contracts.topics import Topics
from tests.support.dead_letters import stored_dead_letter
from tests.support.records import input_record

TOPICS = Topics()


def sent_back(
    value: bytes, headers: Headers, *, event_id: str | None = None, mended: bytes | None = None
) -> tuple[FeedbackEvent, Headers]:
    """What is read when the dead letter of such a record has come back, and its headers."""
    record = input_record(value, headers)
    told = DeadLetter(
        fault=Fault.JUDGE_FAILED,
        error_class="RuntimeError",
        message="it failed",
        field=None,
        failed_at=datetime(2026, 5, 6, tzinfo=UTC),
        topic=TOPICS.events,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
    )
    left = dead_letter_record("dead", record, told, 1_000_000)
    letter = stored_dead_letter(
        input_record(left.value, left.headers, key=left.key), told, TOPICS, event_id
    )
    sent = redriven_record(TOPICS, letter, mended)
    back = input_record(sent.value, sent.headers, partition=2, offset=5)
    return decode_event(back), sent.headers


STRAY: Headers = (("ce_time", b"2001-02-03T04:05:06Z"), ("CE_Id", b"another"), ("trace", b"t"))
"""Without a ce_specversion they say nothing of the event."""


@pytest.mark.parametrize("name", [b'"0"', b"0", b'"e1"'])
def test_an_event_with_a_name_gets_no_envelope(name: bytes) -> None:
    value = b'{"text": "Where is it?", "event_id": ' + name + b"}"
    was = decode_event(input_record(value, STRAY))
    event, headers = sent_back(value, STRAY, event_id=was.event_id)
    assert event == was
    assert "ce_specversion" not in dict(headers)
    assert set(STRAY) <= set(headers)


def test_the_envelope_of_a_mended_event_says_its_name_and_nothing_else() -> None:
    value = b'{"text": "Where is it?", "event_id": "e1", "rating": 9}'
    event, headers = sent_back(
        value, STRAY, event_id="e1", mended=b'{"text": "Where is it?", "rating": 4}'
    )
    assert event.event_id == "e1"
    assert event.occurred_at is None
    assert ("trace", b"t") in headers
