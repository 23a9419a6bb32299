"""A record as one line of JSON, for programs that read what ``subscribe --json`` writes.

``{"topic", "partition", "offset", "timestamp", "key", "headers", "value"}``: ``timestamp`` is
ISO 8601 in UTC, ``headers`` a list of ``{"name", "value"}`` in the record's order, ``value`` the
record's own JSON, digit for digit. Where bytes are not what their field promises, another field
stands in its place, and its name tells the form: ``value_text`` (UTF-8 that is no JSON),
``value_base64``, ``key_base64``, and ``value_base64`` in a header.
"""

import base64
import re
from typing import Any

import orjson

from stream_service.contracts.record import InputRecord

_UNSAFE = re.compile("[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON allows bare in a string, and terminals or line readers act on."""


def record_json(record: InputRecord) -> str:
    """The record as a line, without its end."""
    document: dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.received_at.isoformat(timespec="milliseconds"),
        **_text_or_base64("key", record.key),
        "headers": [
            {"name": name, **_text_or_base64("value", value)} for name, value in record.headers
        ],
        **_value(record.value),
    }
    return _UNSAFE.sub(_escaped, orjson.dumps(document).decode())


def _value(value: bytes | None) -> dict[str, Any]:
    if value is None:
        return {"value": None}
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        named = _text_or_base64("value", value)
        return {"value_text": named["value"]} if "value" in named else named
    # As it is: to read and write it anew would lose doubled keys and long numbers' digits. Bare
    # line ends stand between JSON's tokens only.
    return {"value": orjson.Fragment(value.replace(b"\n", b" ").replace(b"\r", b" "))}


def _text_or_base64(name: str, content: bytes | None) -> dict[str, Any]:
    if content is None:
        return {name: None}
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(content).decode()}


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
