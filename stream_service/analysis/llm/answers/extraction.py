"""Finding the JSON in an answer of an endpoint that cannot be made to send it alone."""

import orjson

_MOST_STARTS = 20
"""Braces that are tried as the beginning: an answer with more is no answer."""


def json_object_in(text: str) -> dict[str, object] | None:
    """The first whole JSON object in ``text``, through fences and prose around it, or None.

    A cut object is none: what is missing at its end was perhaps what mattered.
    """
    stripped = text.strip()
    whole = _parsed(stripped)
    if whole is not None:
        return whole
    start = stripped.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return None
        end = _end_of_object(stripped, start)
        if end is not None and (found := _parsed(stripped[start:end])) is not None:
            return found
        start = stripped.find("{", start + 1)
    return None


def _end_of_object(text: str, start: int) -> int | None:
    depth, in_string, escaped = 0, False, False
    for position in range(start, len(text)):
        character = text[position]
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position + 1
    return None


def _parsed(text: str) -> dict[str, object] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]
