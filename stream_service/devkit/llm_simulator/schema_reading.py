"""Reading a JSON Schema: references, alternatives and combinations, seen from a value one has."""

from collections.abc import Mapping
from typing import Any, cast

Schema = Mapping[str, Any]

DEEPEST = 12
"""A schema that refers to itself is followed so far."""


def resolved(schema: Schema, root: Schema, wish: Any) -> Schema:
    """The schema with references followed, parts merged, and the alternative that fits ``wish``.

    Raises KeyError for a reference that leads nowhere.
    """
    for _ in range(DEEPEST):
        if "$ref" in schema:
            schema = {**_referred(root, schema["$ref"]), **_without(schema, "$ref")}
        elif "allOf" in schema:
            parts = [resolved(part, root, wish) for part in schema["allOf"]]
            schema = _merged([_without(schema, "allOf"), *parts])
        elif options := schema.get("anyOf") or schema.get("oneOf"):
            option = _option([resolved(option, root, wish) for option in options], wish)
            schema = {**_without(schema, "anyOf", "oneOf"), **option}
        else:
            break
    return schema


def type_of(schema: Schema, wish: Any) -> str:
    """The JSON type that a resolved schema asks for, the one of ``wish`` where it leaves a choice;
    null only where nothing else is allowed."""
    given = schema.get("type")
    if isinstance(given, str):
        return given
    if isinstance(given, list):
        kinds = [str(kind) for kind in cast("list[Any]", given)]
        present = [kind for kind in kinds if kind != "null"]
        return next((kind for kind in present if kind in _json_types(wish)), (present or kinds)[0])
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else next(iter(_json_types(wish)), "string")


def _referred(root: Schema, reference: str) -> Schema:
    found: Any = root
    for step in reference.removeprefix("#").split("/"):
        if step:
            found = found[step.replace("~1", "/").replace("~0", "~")]
    return cast(Schema, found)


def _option(options: list[Schema], wish: Any) -> Schema:
    if wish is None and (absent := [one for one in options if one.get("type") == "null"]):
        return absent[0]
    present = [option for option in options if option.get("type") != "null"]
    fitting = [option for option in present if option.get("type") in _json_types(wish)]
    return next(iter([*fitting, *present, *options]))


def _merged(parts: list[Schema]) -> Schema:
    merged: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if name == "properties":
                merged[name] = {**merged.get(name, {}), **value}
            elif name == "required":
                merged[name] = [*merged.get(name, []), *value]
            else:
                merged[name] = value
    return merged


def _without(schema: Schema, *names: str) -> dict[str, Any]:
    return {name: part for name, part in schema.items() if name not in names}


def _json_types(value: Any) -> tuple[str, ...]:
    match value:
        case bool():
            return ("boolean",)
        case int():
            return ("integer", "number")
        case float():
            return ("number",)
        case str():
            return ("string",)
        case list():
            return ("array",)
        case dict():
            return ("object",)
        case _:
            return ()
