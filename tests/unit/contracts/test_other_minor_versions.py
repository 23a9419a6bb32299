"""Records of an older and of a newer minor version are read by this one, whatever they hold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from stream_service.contracts.codec import decode
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.schemas import examples
from stream_service.contracts.schemas.record_schemas import (
    FEEDBACK_EVENT,
    REPLY,
    REVIEW_DECISION,
    REVIEW_ITEM,
    REVIEW_RESULT,
    REVIEW_STATE,
    RecordSchema,
    record_schema,
)

BASELINE = Path(__file__).parents[3] / "schemas" / "baseline"

EXAMPLES: dict[RecordSchema, Callable[[], OutputRecord]] = {
    FEEDBACK_EVENT: examples.event_example,
    REPLY: examples.reply_example,
    REVIEW_ITEM: examples.review_item_example,
    REVIEW_DECISION: examples.decision_example,
    REVIEW_STATE: examples.review_state_example,
    REVIEW_RESULT: examples.review_result_example,
}


def _example(schema: RecordSchema) -> Any:
    return orjson.loads(EXAMPLES[schema]().value or b"")


def _resolved(schema: Any, root: Any) -> Any:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _fields(node: Any, schema: Any) -> dict[str, Any] | None:
    """Of an object; None of anything else, and of a map, which has names and no fields."""
    is_object = isinstance(node, dict) and "properties" in schema
    return cast("dict[str, Any]", node) if is_object else None


def _as_the_first_release_wrote_it(node: Any, schema: Any, root: Any) -> Any:
    """Only what its schema demands, at every depth."""
    schema = _resolved(schema, root)
    fields = _fields(node, schema)
    if fields is None:
        return node
    return {
        name: _as_the_first_release_wrote_it(fields[name], schema["properties"][name], root)
        for name in schema.get("required", ())
    }


def _as_a_later_release_writes_it(node: Any, schema: Any, root: Any) -> Any:
    """With fields that nobody knows yet, at every depth."""
    schema = _resolved(schema, root)
    fields = _fields(node, schema)
    if fields is None:
        return node
    grown = {
        name: _as_a_later_release_writes_it(value, schema["properties"][name], root)
        for name, value in fields.items()
    }
    return {**grown, "of_later_times": {"a": [1, None, "two"]}}


def _baseline(schema: RecordSchema) -> Any:
    return orjson.loads((BASELINE / schema.file_name).read_bytes())


@pytest.mark.parametrize("schema", EXAMPLES, ids=lambda schema: schema.name)
def test_an_older_minor_version_is_read(schema: RecordSchema) -> None:
    first, example = _baseline(schema), _example(schema)
    if schema is REVIEW_DECISION:
        # The one that needs no text beside what the schema demands.
        example["type"] = "accept"
    written = _as_the_first_release_wrote_it(example, first, first)
    assert set(written) == set(first["required"])
    decode(schema.model, orjson.dumps(written))


@pytest.mark.parametrize("schema", EXAMPLES, ids=lambda schema: schema.name)
def test_a_newer_minor_version_is_read(schema: RecordSchema) -> None:
    now, example = record_schema(schema), _example(schema)
    written = _as_a_later_release_writes_it(example, now, now)
    assert "of_later_times" in written
    read = decode(schema.model, orjson.dumps(written))
    assert read == decode(schema.model, orjson.dumps(example))
