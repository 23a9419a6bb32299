"""A JSON Schema (draft 2020-12) for each record, made from its model."""

from dataclasses import dataclass
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from stream_service.contracts.dead_letter import (
    HEADER_NAMES,
    REDRIVE_COUNT,
    DeadLetter,
    OmittedValue,
)
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.model import WireModel
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewDecision, ReviewItem
from stream_service.contracts.review_result import ReviewResult, ReviewState
from stream_service.contracts.schemas.compatibility import Role

JsonObject = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class RecordSchema:
    """One record's schema: its name, its model, and who writes it."""

    name: str
    model: type[WireModel]
    role: Role
    major_version: int = 1

    @property
    def file_name(self) -> str:
        """The file that holds it."""
        return f"{self.name}.v{self.major_version}.json"

    @property
    def identifier(self) -> str:
        """Its ``$id``: a name, not a place to fetch it from."""
        return f"urn:stream-service:schema:{self.name}:v{self.major_version}"

    @property
    def component(self) -> str:
        """Its name among AsyncAPI's components."""
        return self.model.__name__

    @property
    def mode(self) -> JsonSchemaMode:
        """What is accepted, for a record that we read; what is written, for one that we write."""
        return "validation" if self.role is Role.INPUT else "serialization"


FEEDBACK_EVENT = RecordSchema("feedback-event", FeedbackEvent, Role.INPUT)
REPLY = RecordSchema("reply", Reply, Role.OUTPUT)
REVIEW_ITEM = RecordSchema("review-item", ReviewItem, Role.OUTPUT)
REVIEW_DECISION = RecordSchema("review-decision", ReviewDecision, Role.INPUT)
DEAD_LETTER_HEADERS = RecordSchema("dead-letter-headers", DeadLetter, Role.OUTPUT)
OMITTED_VALUE = RecordSchema("omitted-value", OmittedValue, Role.OUTPUT)
REVIEW_STATE = RecordSchema("review-state", ReviewState, Role.OUTPUT)
REVIEW_RESULT = RecordSchema("review-result", ReviewResult, Role.OUTPUT)

RECORD_SCHEMAS = (
    FEEDBACK_EVENT,
    REPLY,
    REVIEW_ITEM,
    REVIEW_DECISION,
    REVIEW_STATE,
    REVIEW_RESULT,
    DEAD_LETTER_HEADERS,
    OMITTED_VALUE,
)


class WireSchemaGenerator(GenerateJsonSchema):
    """Says what stands on the wire: a written record has no null fields, and has all others."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """A title that repeats the field's name tells nobody anything."""
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Every field of a written record, except one that may be null: that one is left out."""
        if self.mode == "validation":
            return super().field_is_required(field, total)
        return _nullable_part(field["schema"]) is None

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        """Of a written record, without null and without a default."""
        inner: Any = schema["schema"]
        if self.mode == "serialization":
            if (nullable := _nullable_part(inner)) is not None:
                inner = nullable["schema"]
            elif inner["type"] == "default":
                inner = inner["schema"]
        return self.generate_inner(inner)


def record_schema(record: RecordSchema) -> JsonObject:
    """The complete document for one record."""
    if record is DEAD_LETTER_HEADERS:
        schema = dead_letter_headers()
    else:
        schema = plainly_described(
            record.model.model_json_schema(mode=record.mode, schema_generator=WireSchemaGenerator)
        )
    return {"$schema": _DIALECT, "$id": record.identifier, **schema}


def dead_letter_headers() -> JsonObject:
    """The headers that a dead letter has besides the original's: all of them are text."""
    letter = plainly_described(
        DeadLetter.model_json_schema(mode="serialization", schema_generator=WireSchemaGenerator)
    )
    definitions = letter["$defs"]
    headers = {
        HEADER_NAMES[field]: _as_text(schema, definitions)
        for field, schema in letter["properties"].items()
    }
    # Carried as it came: nobody can promise that it is a number.
    del headers[REDRIVE_COUNT]["pattern"]
    return {
        "title": "DeadLetterHeaders",
        "description": f"{letter['description']} Headers of a dead letter, as UTF-8 text.",
        "type": "object",
        "properties": headers,
        "required": [
            HEADER_NAMES[name]
            for name, field in DeadLetter.model_fields.items()
            if field.is_required()
        ],
    }


def plainly_described(schema: JsonObject) -> JsonObject:
    """``schema`` with its descriptions in one line and in Markdown, as readers of schemas want."""
    return cast(JsonObject, _plainly_described(schema))


def _plainly_described(node: object) -> object:
    if isinstance(node, list):
        return [_plainly_described(item) for item in cast(list[object], node)]
    if not isinstance(node, dict):
        return node
    return {
        key: " ".join(value.replace("``", "`").split())
        if key == "description" and isinstance(value, str)
        else _plainly_described(value)
        for key, value in cast(JsonObject, node).items()
    }


def _nullable_part(schema: Any) -> Any:
    inner = schema["schema"] if schema["type"] == "default" else schema
    return inner if inner["type"] == "nullable" else None


def _as_text(schema: JsonObject, definitions: JsonObject) -> JsonObject:
    if "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]]
    told = {key: schema[key] for key in ("description",) if key in schema}
    match schema["type"]:
        case "integer":
            return {"type": "string", "pattern": "^-?[0-9]+$", **told}
        case "boolean":
            # The header stands there only when it is so.
            return {"type": "string", "const": "true", **told}
        case _:
            return schema
