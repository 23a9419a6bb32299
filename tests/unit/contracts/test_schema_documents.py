"""The documents say what the code does: what they admit is read, what is written they admit."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.review import ReviewDecision
from stream_service.contracts.schemas import examples
from stream_service.contracts.schemas.compatibility import Role
from stream_service.contracts.schemas.documents import all_documents, as_text, record_documents
from stream_service.contracts.schemas.record_schemas import (
    DEAD_LETTER_HEADERS,
    FEEDBACK_EVENT,
    OMITTED_VALUE,
    RECORD_SCHEMAS,
    REPLY,
    REVIEW_DECISION,
    REVIEW_ITEM,
    REVIEW_RESULT,
    REVIEW_STATE,
    RecordSchema,
    record_schema,
)
from tests.support.records import input_record, json_bytes

EXAMPLES: list[tuple[RecordSchema, OutputRecord]] = [
    (FEEDBACK_EVENT, examples.event_example()),
    (REPLY, examples.reply_example()),
    (REVIEW_ITEM, examples.review_item_example()),
    (REVIEW_DECISION, examples.decision_example()),
    (OMITTED_VALUE, examples.omitted_value_example()),
    (REVIEW_STATE, examples.review_state_example()),
    (REVIEW_RESULT, examples.review_result_example()),
]
WRITTEN = [pair for pair in EXAMPLES if pair[0].role is Role.OUTPUT]


def validator(record: RecordSchema) -> Any:
    checker: Any = Draft202012Validator
    return checker(record_schema(record), format_checker=checker.FORMAT_CHECKER)


def headers_of(record: OutputRecord) -> dict[str, str]:
    return {name: (value or b"").decode() for name, value in record.headers}


@pytest.mark.parametrize("record", RECORD_SCHEMAS, ids=lambda record: record.name)
def test_each_document_is_a_schema_with_name_title_and_description(record: RecordSchema) -> None:
    document = record_documents()[record.file_name]
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"urn:stream-service:schema:{record.name}:v1"
    assert document["title"]
    assert document["description"]
    assert "``" not in as_text(document)


def test_names_are_unlike() -> None:
    documents = record_documents()
    assert len(documents) == len(RECORD_SCHEMAS)
    assert len({document["$id"] for document in documents.values()}) == len(RECORD_SCHEMAS)


@pytest.mark.parametrize(
    ("schema", "record"), EXAMPLES, ids=[schema.name for schema, _ in EXAMPLES]
)
def test_what_the_code_writes_is_admitted(schema: RecordSchema, record: OutputRecord) -> None:
    validator(schema).validate(json.loads(record.value or b""))


@pytest.mark.parametrize(("schema", "record"), WRITTEN, ids=[schema.name for schema, _ in WRITTEN])
def test_a_written_record_has_each_field_that_is_never_null(
    schema: RecordSchema, record: OutputRecord
) -> None:
    written: dict[str, Any] = json.loads(record.value or b"")
    for name in record_schema(schema)["required"]:
        rest = {key: value for key, value in written.items() if key != name}
        assert not validator(schema).is_valid(rest), name


def test_a_written_record_has_no_null_but_among_the_publisher_s_attributes() -> None:
    text = as_text(record_schema(REPLY))
    assert '"null"' not in text
    assert '"default"' not in text
    assert as_text(record_schema(REVIEW_ITEM)).count('"null"') == 1


EVENTS: list[tuple[dict[str, Any], bool]] = [
    ({"text": "t"}, True),
    ({"text": "t", "unknown": {"a": [1]}}, True),
    ({"text": "t", "rating": None, "event_id": None, "occurred_at": None}, True),
    ({"text": "x" * 50_000, "rating": 5}, True),
    ({"text": "t", "attributes": None}, True),
    ({"text": "t", "occurred_at": "2026-01-02t03:04:05.123456789-00:00"}, True),
    ({"text": "t", "attributes": {"a": None, "b": True, "c": 1.5, "d": "x"}}, True),
    ({}, False),
    ({"text": None}, False),
    ({"text": ""}, False),
    ({"text": "x" * 50_001}, False),
    ({"text": "t", "rating": 6}, False),
    ({"text": "t", "occurred_at": "2026-01-02T24:00:00Z"}, False),
    ({"text": "t", "customer_id": ""}, False),
    ({"text": "t", "attributes": {"a": []}}, False),
    ({"text": "t", "attributes": {"a" * 101: 1}}, False),
    ({"text": "t", "attributes": {str(number): 1 for number in range(65)}}, False),
]


@pytest.mark.parametrize(("event", "admitted"), EVENTS)
def test_schema_and_code_agree_on_an_event(event: dict[str, Any], admitted: bool) -> None:
    assert validator(FEEDBACK_EVENT).is_valid(event) is admitted
    assert is_read(FeedbackEvent, event) is admitted


DECISION: dict[str, Any] = {
    "decision_id": "d",
    "event_id": "e",
    "review": {"partition": 0, "offset": 7},
}


@pytest.mark.parametrize(
    ("decided", "admitted"),
    [
        ({"type": "accept"}, True),
        ({"type": "ignore", "args": {}}, True),
        ({"type": "edit", "args": {"text": "We are sorry."}}, True),
        ({"type": "edit"}, False),
        ({"type": "response", "args": {}}, False),
        ({"type": "response", "args": {"text": None}}, False),
        ({"type": "edit", "args": {"text": ""}}, False),
        ({"type": "shred"}, False),
        ({"type": "accept", "review": {"partition": -1, "offset": 0}}, False),
        ({"type": "accept", "decision_id": ""}, False),
    ],
)
def test_schema_and_code_agree_on_a_decision(decided: dict[str, Any], admitted: bool) -> None:
    document = {**DECISION, **decided}
    assert validator(REVIEW_DECISION).is_valid(document) is admitted
    assert is_read(ReviewDecision, document) is admitted


@pytest.mark.parametrize("kind", ["accept", "ignore"])
def test_null_arguments_are_none(kind: str) -> None:
    decision = decode(ReviewDecision, json_bytes({**DECISION, "type": kind, "args": None}))
    assert decision.args.text is None
    for needs_text in ("edit", "response"):
        assert not is_read(ReviewDecision, {**DECISION, "type": needs_text, "args": None})


def is_read(model: Any, document: dict[str, Any]) -> bool:
    try:
        decode(model, json_bytes(document))
    except InvalidRecord:
        return False
    return True


@pytest.mark.parametrize("fault", Fault)
def test_each_dead_letter_s_headers_are_admitted(fault: Fault) -> None:
    record = input_record(b"x", (("x-redrive-count", b"not a number"),))
    letter = DeadLetter(
        fault=fault,
        error_class="AnError",
        message="a message",
        field="text",
        failed_at=datetime.now(UTC),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=-1,
    )
    for room in (10_000, 0):
        headers = headers_of(dead_letter_record("dead", record, letter, room))
        validator(DEAD_LETTER_HEADERS).validate(headers)


def test_headers_that_are_no_dead_letter_s_are_not_admitted() -> None:
    whole = headers_of(examples.dead_letter_example())
    headers = validator(DEAD_LETTER_HEADERS)
    assert headers.is_valid(whole)
    for name in ("x-error-fault", "x-original-topic", "x-original-offset", "x-error-time"):
        assert not headers.is_valid({key: value for key, value in whole.items() if key != name})
    assert not headers.is_valid({**whole, "x-error-fault": "nonsense"})
    assert not headers.is_valid({**whole, "x-original-offset": "first"})
    assert not headers.is_valid({**whole, "x-original-omitted": "false"})


def test_documents_are_the_same_every_time() -> None:
    first = {name: as_text(document) for name, document in all_documents().items()}
    assert {name: as_text(document) for name, document in all_documents().items()} == first
