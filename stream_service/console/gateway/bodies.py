"""Bodies, read within their bounds of bytes and time."""

import asyncio
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Never, TypeVar, cast

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from stream_service.console.gateway.problems import Problem
from stream_service.contracts.codec import MAX_VALUE_BYTES, decode_json, decode_object
from stream_service.contracts.faults import Fault, InvalidRecord

JSON = "application/json"
NDJSON = "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"

BATCH_MAX_BYTES = 16 * 1024 * 1024
BATCH_MAX_ROWS = 10_000

_BODY_TIMEOUT_S = 20.0
"""A client that sends its body more slowly holds a connection for nothing."""

_LINES_A_TURN = 200
"""Lines that are read before others get their turn: some milliseconds."""

_BYTES_AT_ONCE = 8 * 1024
"""That are read before others get their turn: five milliseconds where all of them are braces. What
is larger is read in a thread, beside which others go on: a megabyte of braces takes a second."""

_QUICKLY_AT_ONCE = 64 * 1024
"""The same by the quick parser: ten milliseconds where it refuses a part, and else a tenth. A
batch of two hundred rows is not worth a thread."""

_MOST_PARTS = 2_000_000
"""Commas and brackets of a batch, of which each may be an object in memory, of 64 bytes where it
takes two in the body: 16 MiB of them would be half a gigabyte. Feedback has a tenth as many."""

_LINE = re.compile(rb"\S[^\n]*")
"""A line that is not blank: of blank ones a body may hold millions."""

Row = Mapping[str, Any] | InvalidRecord

Model = TypeVar("Model", bound=BaseModel)
Document = TypeVar("Document")


async def read_body(request: Request, max_bytes: int, *media_types: str) -> bytes:
    """The body. Raises Problem when its type, its size or its pace is not as it must be."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types:
        raise Problem("unsupported-media-type", f"Content-Type: send {' or '.join(media_types)}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("unsupported-media-type", "Content-Encoding: send the body uncompressed")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > max_bytes:
                    raise _too_large(max_bytes)
                chunks.append(chunk)
    except TimeoutError:
        raise Problem("timeout", f"the body did not arrive within {_BODY_TIMEOUT_S:g} s") from None
    except ClientDisconnect:
        raise Problem("invalid-body", "the connection was closed within the body") from None
    return b"".join(chunks)


async def read_object(request: Request) -> dict[str, Any]:
    """A body that is one JSON object. Raises Problem and InvalidRecord."""
    return await _read(decode_object, await read_body(request, MAX_VALUE_BYTES, JSON))


async def read_model(
    request: Request, model: type[Model], max_bytes: int = MAX_VALUE_BYTES
) -> Model:
    """A body that is one JSON object of ``model``'s form. Raises Problem and InvalidRecord.

    A route that lets the framework read it would take a body of any size at any pace, and that
    before it is known whether who sends it may.
    """
    body = await read_body(request, max_bytes, JSON)
    document = await _read(_json, body, _QUICKLY_AT_ONCE)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise invalid_field(error.errors()) from None


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of a body that ``read_model`` reads."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def invalid_field(faults: Sequence[Any]) -> Problem:
    """The first of pydantic's ``faults``, by the name of its field, without its value."""
    first = faults[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Problem("invalid-field", f"{field}: {first['msg']}{more}", field=field)


async def read_rows(request: Request, max_rows: int = BATCH_MAX_ROWS) -> tuple[list[Row], bytes]:
    """A body of many objects: a JSON array, or JSON lines; and the body itself.

    A row that is no object is told in its place. Raises Problem and InvalidRecord.
    """
    body = await read_body(request, BATCH_MAX_BYTES, JSON, NDJSON)
    if sum(body.count(mark) for mark in (b",", b"{", b"[")) > _MOST_PARTS:
        raise Problem(
            "too-large", f"a batch may have {_MOST_PARTS} commas and brackets; send less at once"
        )
    is_lines = NDJSON in request.headers.get("content-type", "").lower()
    if is_lines:
        rows = await _lines(body, max_rows)
    else:
        rows = await _read(lambda array: list(_array(array, max_rows)), body, _QUICKLY_AT_ONCE)
    if not rows:
        raise Problem("invalid-body", "there are no rows in it; send at least one")
    return rows, body


async def _read(
    read: Callable[[bytes], Document], body: bytes, at_once: int = _BYTES_AT_ONCE
) -> Document:
    """What ``read`` makes of ``body``, while others go on. Raises what it raises."""
    if len(body) <= at_once:
        return read(body)
    return await asyncio.to_thread(read, body)


async def _lines(body: bytes, max_rows: int) -> list[Row]:
    rows: list[Row] = []
    turn = 0
    for line in _LINE.finditer(body):
        if line.end() - turn > _BYTES_AT_ONCE:
            turn = line.end()
            await asyncio.sleep(0)
        if len(rows) == max_rows:
            raise _too_many(max_rows)
        rows.append(await _read(_row, line[0]))
        if len(rows) % _LINES_A_TURN == 0:
            await asyncio.sleep(0)
    return rows


def _json(body: bytes) -> object:
    """Raises InvalidRecord."""
    try:
        # The quick parser takes the last of two equal keys, which the strict one refuses; JSON
        # lines are read strictly.
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _lenient(body)


def _array(body: bytes, max_rows: int) -> Iterator[Row]:
    document = _json(body)
    if not isinstance(document, list):
        raise InvalidRecord(
            Fault.NOT_AN_OBJECT, f"the body must be a JSON array of objects, or {NDJSON}"
        )
    rows = cast(list[object], document)
    if len(rows) > max_rows:
        raise _too_many(max_rows)
    for row in rows:
        yield _object(row)


def _lenient(body: bytes) -> object:
    """Read what the quick parser refuses as a whole for something in one row.

    Half a character as an escape, or a number that no double holds: the row's own check says what
    becomes of it, and the other rows are not to blame. Raises InvalidRecord.
    """
    try:
        document: object = json.loads(
            body.decode("utf-8-sig"), parse_constant=_refuse, parse_int=_number
        )
    except UnicodeDecodeError as error:
        raise InvalidRecord(
            Fault.NOT_UTF8, f"the body is not UTF-8 at byte {error.start}; encode it as UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise InvalidRecord(
            Fault.NOT_JSON, f"the body is not JSON: {error.msg} at character {error.pos}"
        ) from None
    except RecursionError:
        raise InvalidRecord(Fault.TOO_DEEP, "the body nests too deeply") from None
    if not isinstance(document, list):
        return document
    return [_finite(row) for row in cast(list[object], document)]


def _refuse(_constant: str) -> Never:
    raise InvalidRecord(Fault.NOT_JSON, "the body is not JSON: NaN and Infinity are no numbers")


def _number(digits: str) -> float:
    # As the quick parser does it: what 64 bits do not hold becomes a double.
    return int(digits) if len(digits) < 20 else float(digits)


def _finite(row: object) -> object:
    """The row, or what is wrong with it where a number in it is larger than a double holds."""
    nodes = [row]
    while nodes:
        node = nodes.pop()
        if isinstance(node, float) and not math.isfinite(node):
            return InvalidRecord(
                Fault.NUMBER_OUT_OF_RANGE, "a number in the row is too large for a double"
            )
        if isinstance(node, dict):
            nodes.extend(cast(dict[str, object], node).values())
        elif isinstance(node, list):
            nodes.extend(cast(list[object], node))
    return row


def _row(line: bytes) -> Row:
    try:
        document = decode_json(line)
    except InvalidRecord as error:
        return error
    return _object(document)


def _object(row: object) -> Row:
    if isinstance(row, InvalidRecord):
        return row
    if not isinstance(row, dict):
        return InvalidRecord(Fault.NOT_AN_OBJECT, "the row is no JSON object")
    return cast(dict[str, Any], row)


def _too_large(max_bytes: int) -> Problem:
    return Problem("too-large", f"the body may have {max_bytes} bytes; send less at once")


def _too_many(max_rows: int) -> Problem:
    return Problem("too-large", f"a batch may have {max_rows} rows; send less at once")
