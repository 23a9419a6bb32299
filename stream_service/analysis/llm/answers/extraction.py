"""Finding the JSON in an answer of an endpoint that cannot be made to send it alone."""

import json
import re

import orjson

_MOST_STARTS = 20
"""Braces that are tried as the beginning: an answer with more is no answer."""

_DECODER = json.JSONDecoder()

_THOUGHT_ENDS = re.compile(
    r"</(?:think|thinking|thought|reasoning|reflection)>|◁/think▷|<\|channel\|>final<\|message\|>"
)
"""How models that think aloud mark what is the answer; before it they try others."""


def json_object_in(text: str) -> dict[str, object] | None:
    """The first whole JSON object in ``text``, through fences and prose around it, or None.

    A cut object is none: what is missing at its end was perhaps what mattered.
    """
    stripped = text.strip()
    whole = _parsed(stripped)
    if whole is not None:
        return whole
    answer = _THOUGHT_ENDS.split(stripped, maxsplit=1)[-1]
    # Within an answer's own words such a mark is a customer's: no object with a key follows there.
    return _first_object(answer) or _first_object(stripped)


def _first_object(text: str) -> dict[str, object] | None:
    start = text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return None
        end = _end_of_object(text, start)
        if end is not None and (found := _parsed(text[start:end])) is not None:
            return found
        start = text.find("{", start + 1)
    return None


def _end_of_object(text: str, start: int) -> int | None:
    # In C, and only as far as it is JSON: an endpoint may send megabytes of braces.
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None


def _parsed(text: str) -> dict[str, object] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]
