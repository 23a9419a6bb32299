"""Bodies of batches: what is wrong in one row is that row's alone."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request

from stream_service.console.gateway.bodies import JSON, NDJSON, Row, read_rows
from stream_service.console.gateway.problems import Problem
from stream_service.contracts.codec import decode_object
from stream_service.contracts.events import event_of
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from tests.fuzz.invariants import check_refusal
from tests.fuzz.target import Check, Target, mutated

GOOD = b'{"text":"good"}'

SEEDS = [
    b'{"event_id":"e","text":"two cups \\ud83d\\ude00","rating":2,"attributes":{"vip":true}}',
    b'{"text":"a"}\n{"text":"b","rating":9}\r\n\n[1]\n"c"',
    b'{"text":"a","x":[{"y":[1,2.5,null]}]},{"text":""}',
]
TOKENS = [
    *(b'"text":', b'"rating":', b'"attributes":{', b'"\\ud800"', b"1e999", b"NaN", b"9" * 25),
    *(b"\n", b"\r", b"},{", b"[[[[", b"]]]]", b"\xef\xbb\xbf", b"\xff", b"\\u0000", b'"\\u200b"'),
    *(b"null", b"-0", b"18446744073709551616", b'"text":"t"', b"\x1e", b"\xe2\x80\xa8"),
]

TAKEN_IN_ARRAYS = frozenset({Fault.DUPLICATE_KEY, Fault.TOO_DEEP, Fault.NUMBER_OUT_OF_RANGE})
"""The array's quick parser takes the last of two equal keys, and looks at no field it ignores."""


@contextmanager
def opened() -> Generator[Check]:
    """The bytes between two good rows: as lines, and as the middle of an array."""
    with asyncio.Runner() as runner:

        def check(row: bytes) -> None:
            _check_lines(runner, row)
            _check_array(runner, row)

        yield check


def _check_lines(runner: asyncio.Runner, lines: bytes) -> None:
    fates = _fates(runner, b"\n".join([GOOD, lines, GOOD]), NDJSON)
    assert not isinstance(fates, InvalidRecord), "one line refused all"
    assert _is_accepted(fates[0])
    assert _is_accepted(fates[-1])
    inner = [line for line in lines.split(b"\n") if line.strip()]
    assert len(fates) == len(inner) + 2
    for line, fate in zip(inner, fates[1:-1], strict=True):
        assert _told(fate) == _told(_alone(line)), "a line's fate is not its own"


def _check_array(runner: asyncio.Runner, row: bytes) -> None:
    fates = _fates(runner, b"[" + GOOD + b"," + row + b"," + GOOD + b"]", JSON)
    if isinstance(fates, InvalidRecord):
        check_refusal(fates)
        assert not _is_json_object(row), "one row refused all"
        return
    assert _is_accepted(fates[0])
    assert _is_accepted(fates[-1])
    if not _is_json_object(row):
        return
    alone = _alone(row)
    assert len(fates) == 3
    if isinstance(alone, FeedbackEvent):
        assert fates[1] == alone, "in an array it is another event, or none"
    elif _is_accepted(fates[1]):
        assert alone.fault in TAKEN_IN_ARRAYS


def _fates(
    runner: asyncio.Runner, body: bytes, media_type: str
) -> list[FeedbackEvent | InvalidRecord] | InvalidRecord:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "headers": [(b"content-type", media_type.encode())]}
    try:
        rows, _ = runner.run(read_rows(Request(scope, receive)))
    except InvalidRecord as refusal:
        return refusal
    except Problem as problem:
        raise AssertionError(problem.detail) from problem
    return [_fate(row) for row in rows]


def _fate(row: Row) -> FeedbackEvent | InvalidRecord:
    try:
        if isinstance(row, InvalidRecord):
            raise row
        return event_of(row)
    except InvalidRecord as refusal:
        check_refusal(refusal)
        return refusal


def _alone(row: bytes) -> FeedbackEvent | InvalidRecord:
    """As the body of a request of its own."""
    try:
        return event_of(decode_object(row))
    except InvalidRecord as refusal:
        return refusal


def _told(fate: FeedbackEvent | InvalidRecord) -> object:
    """What counts of a fate; that no object is one is said of rows in other words."""
    if isinstance(fate, InvalidRecord):
        return fate.fault, fate.field
    return fate


def _is_accepted(fate: FeedbackEvent | InvalidRecord) -> bool:
    return isinstance(fate, FeedbackEvent)


def _is_json_object(row: bytes) -> bool:
    """By an independent reader: one object, in UTF-8, with numbers as JSON has them."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        document: object = json.loads(row.decode(), parse_constant=refuse, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict)


TARGET = Target(open=opened, inputs=mutated(SEEDS, TOKENS), seeds=SEEDS, tokens=TOKENS)
