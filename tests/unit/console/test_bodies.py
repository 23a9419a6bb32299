"""Batches as bodies: what is wrong in one row is that row's alone."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from starlette.requests import Request

from stream_service.console.gateway import bodies
from stream_service.console.gateway.bodies import JSON, NDJSON, Row, read_rows
from stream_service.console.gateway.problems import Problem
from stream_service.contracts.events import event_of
from stream_service.contracts.faults import Fault, InvalidRecord

GOOD = b'{"text":"good"}'


async def rows_of(body: bytes, media_type: str = JSON) -> list[Row]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "headers": [(b"content-type", media_type.encode())]}
    rows, _ = await read_rows(Request(scope, receive))
    return rows


async def turns_during(reading: Awaitable[list[Row]]) -> tuple[list[Row], int]:
    """What is read, and how often others get their turn meanwhile."""
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(somebody_else())
    rows = await reading
    other.cancel()
    return rows, turns


def fate(row: Row) -> str:
    """``accepted``, or the field that is wrong."""
    try:
        if isinstance(row, InvalidRecord):
            raise row
        event_of(row)
    except InvalidRecord as error:
        return error.field or error.fault.value
    return "accepted"


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (rb'{"text":"half \ud83d a smile"}', "accepted"),
        (rb'{"text":"\ud800"}', "text"),
        (b'{"text":"t","attributes":{"share":1e999}}', "number_out_of_range"),
        (b'{"text":"t","weather":[[{"sun":-1e999}]]}', "number_out_of_range"),
        (b'{"text":"t","rating":1e999}', "number_out_of_range"),
        (b'{"text":"t","rating":' + b"9" * 5_000 + b"}", "number_out_of_range"),
        (b'{"text":"t","rating":18446744073709551616}', "rating"),
        (b"1e999", "number_out_of_range"),
        (rb'"\ud800"', "not_an_object"),
    ],
)
async def test_one_odd_row_leaves_the_others_alone(odd: bytes, expected: str) -> None:
    rows = await rows_of(b"[" + GOOD + b"," + odd + b"," + GOOD + b"]")
    assert [fate(row) for row in rows] == ["accepted", expected, "accepted"]


async def test_an_array_may_begin_with_a_byte_order_mark() -> None:
    assert await rows_of(b"\xef\xbb\xbf[" + GOOD + b"]") == [{"text": "good"}]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"[" * 100_000, Fault.TOO_DEEP),
        (b"[" + GOOD, Fault.NOT_JSON),
        (b"[NaN]", Fault.NOT_JSON),
        (b'[{"text":"\xff"}]', Fault.NOT_UTF8),
        (GOOD, Fault.NOT_AN_OBJECT),
    ],
)
async def test_what_is_no_array_is_refused_by_name(body: bytes, fault: Fault) -> None:
    with pytest.raises(InvalidRecord) as refusal:
        await rows_of(body)
    assert refusal.value.fault is fault


async def test_of_json_lines_a_row_that_is_no_json_is_told_in_its_place() -> None:
    lines = b"\n".join([GOOD, b"\xff", b"[" * 5_000, b'{"text":1e999}', GOOD])
    fates = [fate(row) for row in await rows_of(lines, NDJSON)]
    assert fates == ["accepted", "not_utf8", "too_deep", "number_out_of_range", "accepted"]


async def test_others_get_their_turn_while_many_lines_are_read() -> None:
    _, for_one = await turns_during(rows_of(GOOD + b"\n", NDJSON))
    _, turns = await turns_during(rows_of((GOOD + b"\n") * 5_000, NDJSON))
    assert turns >= for_one + 20


@pytest.mark.parametrize("media_type", [JSON, NDJSON])
async def test_others_get_their_turn_while_one_row_is_read(media_type: str) -> None:
    """A row of braces, or blank lines, held up the console for as long as it was read: 16 MiB of
    them for ten seconds."""
    row = b'{"text":"good","x":[' + b"{}," * 100_000 + b'"half \\ud83d"]}'
    sent = {JSON: b"[" + row + b"]", NDJSON: row + b"\n" * 100_000}
    _, for_one = await turns_during(rows_of(GOOD + b"\n", NDJSON))
    rows, turns = await turns_during(rows_of(sent[media_type], media_type))
    assert [fate(row) for row in rows] == ["accepted"]
    assert turns >= for_one + 10


@pytest.mark.parametrize("media_type", [JSON, NDJSON])
async def test_a_batch_of_nothing_but_parts_is_refused(
    media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16 MiB of braces became half a gigabyte of objects."""
    monkeypatch.setattr(bodies, "_MOST_PARTS", 100, raising=False)
    assert len(await rows_of(b"[" + b",".join([GOOD] * 40) + b"]")) == 40
    with pytest.raises(Problem) as refusal:
        await rows_of(b'[{"text":"t","x":[' + b"{}," * 60 + b"1]}]", media_type)
    assert refusal.value.status == 413
