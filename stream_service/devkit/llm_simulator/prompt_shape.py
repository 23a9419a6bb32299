"""The form of the answer that a prompt asks for where the request brings no schema."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

MOST_BRACES = 2_000
"""How many places of a prompt are tried as the beginning of a JSON object; each is read once."""

_DECODER = json.JSONDecoder()


@lru_cache(maxsize=64)
def shape_in_prompt(prompt: str) -> Mapping[str, Any] | None:
    """The JSON Schema that a prompt holds, else one of its last example answer, else None.

    A model follows either. An example answer is an object with the property ``category``, or
    ``draft`` or ``reply``.
    """
    example: dict[str, Any] | None = None
    place = tried = 0
    while (start := prompt.find("{", place)) >= 0 and tried < MOST_BRACES:
        tried += 1
        try:
            value, place = _DECODER.raw_decode(prompt, start)
        except (ValueError, RecursionError):
            place = start + 1
            continue
        found = cast("dict[str, Any]", value)
        if isinstance(found.get("properties"), dict):
            return found
        if found.keys() & {"category", "draft", "reply"}:
            example = found
    return None if example is None else _schema_of(example)


def asks_for_json(prompt: str) -> bool:
    """Whether a prompt speaks of JSON at all."""
    return re.search("json", prompt, re.IGNORECASE) is not None


def _schema_of(example: Any) -> dict[str, Any]:
    match example:
        case dict():
            parts = cast("dict[str, Any]", example)
            properties = {name: _schema_of(part) for name, part in parts.items()}
            return {"type": "object", "properties": properties, "required": list(properties)}
        case list():
            items = cast("list[Any]", example)
            return {"type": "array", "items": _schema_of(items[0]) if items else {}}
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case _:
            return {"type": ["string", "null"]}
