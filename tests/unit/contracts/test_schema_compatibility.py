"""Each rule of compatibility, in both directions: what it forbids, and what it must let pass."""

from typing import Any

import pytest

from stream_service.contracts.schemas.compatibility import Role, incompatible_changes
from stream_service.contracts.schemas.documents import record_documents

Object = dict[str, Any]


def record(*required: str, **fields: Object) -> Object:
    return {"type": "object", "properties": fields, "required": list(required)}


TEXT: Object = {"type": "string"}
INTEGER: Object = {"type": "integer"}
NUMBER: Object = {"type": "number"}
NULL: Object = {"type": "null"}
SHORT: Object = {"type": "string", "maxLength": 10}
LONG: Object = {"type": "string", "maxLength": 20}
FILLED: Object = {"type": "string", "minLength": 1}
ONE_OF_TWO: Object = {"type": "string", "enum": ["a", "b"]}
ONE_OF_THREE: Object = {"type": "string", "enum": ["a", "b", "c"]}
PATTERN: Object = {"type": "string", "pattern": "^x"}
MOMENT: Object = {"type": "string", "format": "date-time"}
EITHER: Object = {"anyOf": [TEXT, NULL]}

LIMITS: dict[str, tuple[Object, Object, str]] = {
    f"{keyword} moves": (
        record(a={"type": kind, keyword: loose}),
        record(a={"type": kind, keyword: tight}),
        "a",
    )
    for kind, keyword, loose, tight in [
        ("number", "maximum", 9, 5),
        ("number", "minimum", 0, 1),
        ("number", "exclusiveMaximum", 9, 5),
        ("number", "exclusiveMinimum", 0, 1),
        ("string", "maxLength", 20, 10),
        ("string", "minLength", 1, 2),
        ("array", "maxItems", 3, 2),
        ("array", "minItems", 1, 2),
        ("object", "maxProperties", 3, 2),
        ("object", "minProperties", 1, 2),
    ]
}

WIDER_AND_NARROWER: dict[str, tuple[Object, Object, str]] = {
    **LIMITS,
    "a field becomes required": (record(a=TEXT), record("a", a=TEXT), "a"),
    "text gets a limit": (record(a=TEXT), record(a=SHORT), "a"),
    "text must be longer": (record(a=TEXT), record(a=FILLED), "a"),
    "a number must be whole": (record(a=NUMBER), record(a=INTEGER), "a"),
    "any type becomes one": (record(a={}), record(a=TEXT), "a"),
    "null is out": (record(a=EITHER), record(a=TEXT), "a"),
    "a fixed value is out": (record(a=ONE_OF_THREE), record(a=ONE_OF_TWO), "a"),
    "values become fixed": (record(a=TEXT), record(a=ONE_OF_TWO), "a"),
    "one value is left": (record(a=ONE_OF_TWO), record(a={"type": "string", "const": "a"}), "a"),
    "a pattern": (record(a=TEXT), record(a=PATTERN), "a"),
    "a format": (record(a=TEXT), record(a=MOMENT), "a"),
    "a condition over the record": (
        record(a=TEXT),
        {**record(a=TEXT), "if": {}, "then": {}},
        "record",
    ),
    "unknown fields are out": (
        record(a=TEXT),
        {**record(a=TEXT), "additionalProperties": False},
        "record",
    ),
    "a map's values": (
        record(a={"type": "object", "additionalProperties": EITHER}),
        record(a={"type": "object", "additionalProperties": TEXT}),
        "a (additionalProperties)",
    ),
    "a map's names": (
        record(a={"type": "object"}),
        record(a={"type": "object", "propertyNames": {"maxLength": 9}}),
        "a (propertyNames)",
    ),
    "an array's items": (
        record(a={"type": "array", "items": NUMBER}),
        record(a={"type": "array", "items": INTEGER}),
        "a (items)",
    ),
    "inside of an object": (record(a=record(b=LONG)), record(a=record(b=SHORT)), "a.b"),
    "inside of an alternative": (
        record(a={"anyOf": [LONG, NULL]}),
        record(a={"anyOf": [SHORT, NULL]}),
        "a",
    ),
    "behind a reference": (
        {**record(a={"$ref": "#/$defs/Name"}), "$defs": {"Name": LONG}},
        {**record(a={"$ref": "#/$defs/Label"}), "$defs": {"Label": SHORT}},
        "a",
    ),
}
"""A schema that lets more pass, one that lets less pass, and the path where they differ."""


@pytest.mark.parametrize("rule", WIDER_AND_NARROWER)
def test_an_input_may_widen_and_must_not_narrow(rule: str) -> None:
    wide, narrow, path = WIDER_AND_NARROWER[rule]
    changes = incompatible_changes(wide, narrow, Role.INPUT)
    assert changes
    assert all(change.startswith(f"{path}: ") for change in changes)
    assert incompatible_changes(narrow, wide, Role.INPUT) == []


@pytest.mark.parametrize("rule", WIDER_AND_NARROWER)
def test_an_output_may_narrow_and_must_not_widen(rule: str) -> None:
    wide, narrow, path = WIDER_AND_NARROWER[rule]
    changes = incompatible_changes(narrow, wide, Role.OUTPUT)
    assert changes
    assert all(change.startswith(f"{path}: ") for change in changes)
    assert incompatible_changes(wide, narrow, Role.OUTPUT) == []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("required", [(), ("b",)])
def test_a_field_that_is_gone_is_reported_once(role: Role, required: tuple[str, ...]) -> None:
    old, new = record("a", *required, a=TEXT, b=TEXT), record("a", a=TEXT)
    assert incompatible_changes(old, new, role) == ["b: the field is gone"]


@pytest.mark.parametrize("role", Role)
def test_another_type_is_reported_in_both_directions(role: Role) -> None:
    assert incompatible_changes(record(a=TEXT), record(a=INTEGER), role) == [
        "a: the type was string and is integer"
    ]


@pytest.mark.parametrize("role", Role)
def test_a_new_optional_field_is_allowed(role: Role) -> None:
    assert incompatible_changes(record(a=TEXT), record(a=TEXT, b=INTEGER), role) == []


def test_a_new_required_field_is_an_input_s_fault_only() -> None:
    old, new = record(a=TEXT), record("b", a=TEXT, b=TEXT)
    assert incompatible_changes(old, new, Role.INPUT) == ["b: the field is now required"]
    assert incompatible_changes(old, new, Role.OUTPUT) == []


@pytest.mark.parametrize("role", Role)
def test_words_may_change(role: Role) -> None:
    old = {
        **record(a={**TEXT, "description": "old", "default": "x"}),
        "title": "Old",
        "$id": "urn:o",
    }
    new = {**record(a={**TEXT, "description": "new", "examples": []}), "title": "New"}
    assert incompatible_changes(old, new, role) == []


@pytest.mark.parametrize("role", Role)
def test_every_change_is_reported(role: Role) -> None:
    old = record(a=TEXT, b=TEXT, c=INTEGER)
    new = record(a=INTEGER, c=TEXT)
    assert len(incompatible_changes(old, new, role)) == 3


def test_a_report_names_what_was_and_what_is() -> None:
    assert incompatible_changes(record(a=LONG), record(a=SHORT), Role.INPUT) == [
        "a: maxLength was 20 and is 10"
    ]
    assert incompatible_changes(record(a=ONE_OF_TWO), record(a=ONE_OF_THREE), Role.OUTPUT) == [
        "a: has the new 'c'"
    ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", record_documents())
def test_a_schema_may_take_its_own_place(name: str, role: Role) -> None:
    document = record_documents()[name]
    assert incompatible_changes(document, document, role) == []
