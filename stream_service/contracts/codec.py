"""JSON to bytes and back.

Out: orjson. In: the standard parser with hooks, because orjson neither reports a duplicate key nor
reads the lone surrogate escapes that cleaning removes; it costs some microseconds an event.
"""

import json
import math
from typing import Any, Never, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.model import WireModel

MAX_VALUE_BYTES = 1_000_000
"""Largest value that is looked at: a text of 50,000 escaped characters takes 300,000."""

MAX_DEPTH = 64
"""Deepest nesting that is read: above it lie attacks, not feedback."""

_SCHEMA_REGISTRY_MAGIC = 0
_SCHEMA_REGISTRY_PREFIX_BYTES = 5

Model = TypeVar("Model", bound=WireModel)


def encode(model: WireModel) -> bytes:
    """Return ``model`` as JSON; null fields are left out."""
    return encode_json(model.model_dump(mode="json", exclude_none=True))


def encode_json(value: object, /) -> bytes:
    """Return ``value`` as JSON, in no more memory than its bytes need.

    orjson hands over its buffer as it has grown, and none of it is given back before the bytes
    are: 2,500 bytes took 32 KB (3.13.0, by tracemalloc; home-assistant/core#181240). The copy
    takes 0.3 microseconds. What is sent at once and forgotten may use orjson by itself.
    """
    return bytes(memoryview(orjson.dumps(value)))


def decode(model: type[Model], value: bytes | None) -> Model:
    """Read a record's value as ``model``.

    Raises InvalidRecord, which names the fault.
    """
    return validate(model, decode_object(value))


def decode_object(value: bytes | None) -> dict[str, Any]:
    """Read a record's value as a JSON object, behind a Schema Registry prefix too.

    Raises InvalidRecord, which names the fault.
    """
    document = decode_json(value)
    if not isinstance(document, dict):
        raise InvalidRecord(
            Fault.NOT_AN_OBJECT,
            f"the value is a JSON {_json_type(document)}; publish one JSON object a record",
        )
    return document  # pyright: ignore[reportUnknownVariableType] - JSON objects have text keys


def decode_json(value: bytes | None) -> object:
    """Read a record's value as JSON. Raises InvalidRecord, which names the fault."""
    if not value:
        raise InvalidRecord(Fault.EMPTY_VALUE, "the value is empty; publish a JSON object")
    if len(value) > MAX_VALUE_BYTES:
        raise InvalidRecord(
            Fault.TOO_LARGE,
            f"the value has {len(value)} bytes; at most {MAX_VALUE_BYTES} are read",
        )
    if value[0] == _SCHEMA_REGISTRY_MAGIC and len(value) > _SCHEMA_REGISTRY_PREFIX_BYTES:
        value = value[_SCHEMA_REGISTRY_PREFIX_BYTES:]
    try:
        text = value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRecord(
            Fault.NOT_UTF8,
            f"the value is not UTF-8 at byte {error.start}; encode it as UTF-8, uncompressed",
        ) from None
    try:
        document: object = _strict.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise InvalidRecord(
            Fault.NOT_JSON, f"the value is not JSON: {error.msg} at character {error.pos}"
        ) from None
    if _depth_exceeds(document, MAX_DEPTH):
        raise _too_deep()
    return document


def validate(model: type[Model], document: object) -> Model:
    """Check a decoded document against ``model``. Raises InvalidRecord, which names the field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        first = faults[0]
        field = _declared_path(model, first["loc"])
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InvalidRecord(
            Fault.INVALID_FIELD, f"{field or 'record'}: {_plain(first['msg'])}{more}", field=field
        ) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")  # pydantic's own addition


def _declared_path(model: type[BaseModel], location: tuple[int | str, ...]) -> str | None:
    """The part of an error's location that ``model`` declares.

    Further parts are the publisher's own, as an attribute's name is: of any length and content.
    """
    names: list[str] = []
    for part in location:
        if not isinstance(part, str) or part not in model.model_fields:
            break
        names.append(part)
        inner = model.model_fields[part].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
    return ".".join(names) or None


def _too_deep() -> InvalidRecord:
    return InvalidRecord(Fault.TOO_DEEP, f"the value nests deeper than {MAX_DEPTH} levels")


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise InvalidRecord(
            Fault.DUPLICATE_KEY, "an object holds the same key twice; which one counts is unclear"
        )
    return document


def _refuse_constant(_name: str) -> Never:
    raise InvalidRecord(Fault.NUMBER_OUT_OF_RANGE, "NaN and Infinity are not JSON numbers")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise InvalidRecord(Fault.NUMBER_OUT_OF_RANGE, "a number is too large for a double")
    return number


def _bounded_int(digits: str) -> int:
    # 20 characters hold every 64-bit integer with its sign: the range that JSON tools agree on.
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**64:
        raise InvalidRecord(Fault.NUMBER_OUT_OF_RANGE, "an integer does not fit into 64 bits")
    return number


_strict = json.JSONDecoder(
    object_pairs_hook=_object_without_duplicates,
    parse_constant=_refuse_constant,
    parse_float=_finite_float,
    parse_int=_bounded_int,
)
"""Made once: ``json.loads`` makes one for each value, which takes a third of its time."""


def _depth_exceeds(document: object, limit: int) -> bool:
    level: list[Any] = [document]
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        ]
        if not level:
            return False
    return True


def _json_type(document: object) -> str:
    match document:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case _:
            return "array"
