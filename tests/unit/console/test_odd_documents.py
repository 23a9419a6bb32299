"""Records that are read by what is needed of them, and shown as a whole."""

from dataclasses import replace

import orjson
import pytest

from stream_service.console.projection.batch import rows_of
from stream_service.console.projection.facts.readers import readers_of
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from tests.support.console import as_read, records_of_every_kind

TOPICS = Topics()

ODD = [b'"more":1e999', b'"more":"\xff"', b'"more":"\\ud800\\ud800"']


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("topic", [TOPICS.events, TOPICS.replies, TOPICS.reviews])
def test_what_is_stored_is_json_in_the_parts_that_are_not_needed_too(
    odd: bytes, topic: str
) -> None:
    """The answer to whoever asked for it, or for the queue that it was in, was a fault of ours."""
    record = _first(topic)
    value = (record.value or b"").removesuffix(b"}") + b"," + odd + b"}"
    rows, unreadable = rows_of([replace(record, value=value)], readers_of(TOPICS))
    stored = [*rows.events, *rows.replies, *rows.review_documents]
    assert len(stored) + len(unreadable) == 1
    assert len(rows.review_documents) == len(rows.reviews)
    for row in stored:
        orjson.loads(row["document"])


def test_an_item_in_which_nobody_said_anything_is_not_in_the_queue() -> None:
    """The page of the queue showed nothing at all while it was there."""
    record = _first(TOPICS.reviews)
    value = (record.value or b"").replace(b'"event":{', b'"event":{"text":null},"other":{')
    rows, unreadable = rows_of([replace(record, value=value)], readers_of(TOPICS))
    assert len(unreadable) == 1
    assert rows.reviews == []


def _first(topic: str) -> InputRecord:
    return next(one for one in as_read(records_of_every_kind(TOPICS)) if one.topic == topic)
