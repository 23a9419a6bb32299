"""Instances of schemas: valid for every model, with the reading's findings where names tell it."""

from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from stream_service.contracts.analysis import Analysis
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem
from stream_service.devkit.llm_simulator.reading import read_text
from stream_service.devkit.llm_simulator.schema_filling import fill_schema

READING = read_text("Order 4711234 came late and broken, terrible delivery.")


class Tree(BaseModel):
    name: str
    children: list["Tree"] = Field(min_length=0)
    parent: "Tree | None" = None


class Odd(BaseModel):
    count: int = Field(ge=3, le=5)
    share: float = Field(gt=0, lt=1)
    code: str = Field(min_length=4, max_length=6)
    few: list[str] = Field(min_length=2, max_length=3)
    choice: Literal["a", "b"]
    kind: Literal["only"]
    flag: bool
    either: int | str
    maybe: str | None
    tags: dict[str, str]


class Judged(BaseModel):
    value: Literal["complaint", "praise"]
    confidence: float = Field(ge=0, le=1)


class Nested(BaseModel):
    category: Judged
    sentiment: Literal["negative", "neutral", "positive"]
    keywords: list[str]
    strategy: Literal["thank_warmly", "investigate_delivery"]
    confidence: dict[str, float]


@pytest.mark.parametrize("model", [Analysis, Reply, ReviewItem, Tree, Odd, Nested, Judged])
def test_the_instance_is_valid(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    instance = fill_schema(schema, READING, {})
    Draft202012Validator(schema).validate(instance)  # pyright: ignore[reportUnknownMemberType]


def test_names_say_what_belongs_where() -> None:
    filled = fill_schema(Nested.model_json_schema(), READING, {})
    assert filled["category"]["value"] == "complaint"
    assert filled["category"]["confidence"] == round(READING.certainty, 2)
    assert filled["sentiment"] == "negative"
    assert "broken" in filled["keywords"]
    assert filled["strategy"] == "investigate_delivery"


def test_objects_pick_what_they_have_names_for() -> None:
    filled = fill_schema(Analysis.model_json_schema(), READING, {})
    assert filled["sentiment"]["aspects"][0]["aspect"] == "delivery"
    assert filled["keywords"][0]["weight"] == 1.0
    assert filled["entities"] == [{"type": "order", "text": "4711234"}]


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"type": ["string", "null"]}, ""),
        ({"type": "null"}, None),
        ({"const": 7}, 7),
        ({"allOf": [{"type": "object", "properties": {"urgency": {"type": "string"}}}]}, {}),
        ({"type": "object", "required": ["loose"]}, {"loose": None}),
        ({"oneOf": [{"type": "null"}, {"type": "integer", "minimum": 2}]}, 2),
        ({"type": "string", "format": "date"}, "2026-01-01"),
    ],
)
def test_schemas_without_names(schema: dict[str, Any], instance: Any) -> None:
    filled = fill_schema(schema, READING, {})
    assert filled == instance if instance != {} else filled == {"urgency": "normal"}


def test_overrides_come_as_they_are() -> None:
    filled = fill_schema(Nested.model_json_schema(), READING, {"sentiment": 12, "value": "?"})
    assert filled["sentiment"] == 12
    assert filled["category"]["value"] == "?"


def test_an_faq_entry_is_left_open() -> None:
    entry = {"anyOf": [{"type": "string", "enum": ["invoice"]}, {"type": "null"}]}
    schema = {"type": "object", "properties": {"faq": entry}, "required": ["faq"]}
    assert fill_schema(schema, READING, {}) == {"faq": None}
    assert fill_schema(schema, READING, {"faq": "invoice"}) == {"faq": "invoice"}
