"""Dead letters found by what stands in them, through the projection and over HTTP."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, func, insert, select

from stream_service.console.access.authenticating import AccessOptions
from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import create_token
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.projection.retention import forget_old
from stream_service.console.queries import dead_letters as queries
from stream_service.console.queries.dead_letters import search_dead_letters
from stream_service.console.store import Database, dead_letter_texts, filling
from stream_service.console.store import dead_letters as dead_letters_table
from stream_service.console.store.engine import WRITES, new_engine
from stream_service.console.store.migrating import alembic_config
from stream_service.console.store.searched_text import searched_text
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from tests.support.cluster import Cluster
from tests.support.console import NOW, as_read, caught_up, content, projecting
from tests.support.gateway import running_console

TOPICS = Topics()

VALUES = (
    '{"event_id":"a","text":"订单 A-17 没有到，请退款"'.encode(),
    b'{"event_id":"b","text":"\\u8bf7\\u9000\\u6b3e"',
    b"100% of_it, C:\\new/old",
    b"1000 of it, C:new old",
    b"\xff\xfe REFUND",
    b"Please REFUND me",
)
"""Of letters 0 to 5; the fifth is no UTF-8."""


def letter(topics: Topics, number: int, value: bytes, fault: Fault | None = None) -> OutputRecord:
    """A dead letter of the record at ``number`` of partition 7."""
    place: dict[str, Any] = {
        "topic": topics.events,
        "partition": 7,
        "offset": number,
        "timestamp_ms": 0,
    }
    reason = fault or (Fault.NOT_UTF8 if b"\xff" in value else Fault.NOT_JSON)
    return dead_letter_record(
        topics.dead_letters,
        InputRecord(**place, key=f"Customer-{number}".encode(), value=value),
        DeadLetter(
            **place, fault=reason, error_class="E", message=f"Wrong at byte {number}", failed_at=NOW
        ),
        1_000_000,
    )


LETTERS = [letter(TOPICS, number, value) for number, value in enumerate(VALUES)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("退款", [1, 0]),
        ("请退款", [1, 0]),
        (r"\u9000", [1]),
        ("a-17", [0]),
        ("refund", [5]),
        ("  Refund\n", [5]),
        ("100%", [2]),
        ("of_it", [2]),
        (r"C:\new", [2]),
        ("new/old", [2]),
        ("%", [2]),
        ("_id", [1, 0]),
        ("customer-4", [4]),
        ("BYTE 3", [3]),
        ("feedback.events 7-5", [5]),
        ("nowhere", []),
        ("' OR 1=1 --", []),
    ],
)
async def test_a_text_finds_the_letters_that_it_stands_in(
    database: Database, text: str, numbers: list[int]
) -> None:
    await _store(database, LETTERS)
    assert await _found(database, text) == numbers


async def test_the_projection_fills_in_what_is_searched(
    database: Database, cluster: Cluster
) -> None:
    await cluster.create_topics()
    records = [letter(cluster.topics, number, value) for number, value in enumerate(VALUES)]
    await cluster.publish(records)
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    async with database.reading() as connection:
        found = await search_dead_letters(connection, "退款", fault=None, state="open", limit=10)
        other = await search_dead_letters(connection, "退款", fault="not_utf8", state=None, limit=9)
    assert {one.original_offset for one in found.items} == {0, 1}
    assert other.items == []
    assert found.searched_back_to_ms is None


def _upgraded_to_before(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")


async def test_letters_that_are_there_are_searched_after_the_migration(database_url: str) -> None:
    engine = new_engine(database_url)
    rows, _ = rows_of(as_read(LETTERS * 30), readers_of(TOPICS))

    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(_upgraded_to_before)
        await connection.execute(insert(dead_letters_table), rows.dead_letters)
    await engine.dispose()
    database = await Database.open(database_url)
    try:
        assert len(await _found(database, "退款")) == 60
        # What the migration writes is what the projection writes.
        [*texts] = (await content(database))["dead_letter_texts"]
        names = ("partition", "offset", "published_ms", "text")
        assert texts == sorted(
            (tuple(row[name] for name in names) for row in rows.dead_letter_texts), key=repr
        )
    finally:
        await database.close()


async def test_a_start_that_is_cut_off_in_the_middle_of_them_has_done_something(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction, a million letters were begun anew at every start, and never done."""
    engine = new_engine(database_url)
    rows, _ = rows_of(as_read(LETTERS * 40), readers_of(TOPICS))
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(_upgraded_to_before)
        await connection.execute(insert(dead_letters_table), rows.dead_letters)
    await engine.dispose()
    monkeypatch.setattr(filling, "_STEP_LETTERS", 50)
    done: list[int] = []
    for at_most in (1, 2, 99):
        steps = 0

        def told(*given: Any, at_most: int = at_most, **named: Any) -> str:
            nonlocal steps
            steps += 1
            if steps > at_most * 50:
                raise TimeoutError
            return searched_text(*given, **named)

        monkeypatch.setattr(filling, "searched_text", told)
        try:
            database = await Database.open(database_url)
        except DatabaseUnavailable:
            done.append(await _number_of_texts(database_url))
            continue
        try:
            assert len(await _found(database, "退款")) == 80
        finally:
            await database.close()
    assert done == [50, 150]


async def _number_of_texts(database_url: str) -> int:
    engine = new_engine(database_url)
    async with engine.connect() as connection:
        number = await connection.scalar(select(func.count()).select_from(dead_letter_texts))
    await engine.dispose()
    return number or 0


@pytest.mark.parametrize("limit", [1, 3, 50])
async def test_a_search_looks_through_so_many_and_its_cursor_through_the_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(queries, "SEARCHED_AT_ONCE", 4)
    needles = {0, 1, 11, 30}
    await _store(
        database,
        [
            letter(TOPICS, number, b"needle" if number in needles else b"hay")
            for number in range(40)
        ],
    )
    found: list[int] = []
    looked_back: list[int] = []
    cursor: str | None = None
    while True:
        async with database.reading() as connection:
            page = await search_dead_letters(
                connection, "needle", fault="not_json", state="open", limit=limit, cursor=cursor
            )
        found += [one.original_offset for one in page.items]
        if page.searched_back_to_ms is not None:
            looked_back.append(page.searched_back_to_ms)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [30, 11, 1, 0]
    assert looked_back == sorted(set(looked_back), reverse=True)
    assert len(looked_back) >= 5


async def test_letters_of_one_moment_are_all_found_and_the_search_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SEARCHED_AT_ONCE", 2)
    rows, _ = rows_of(as_read(LETTERS), readers_of(TOPICS))
    for row in [*rows.dead_letters, *rows.dead_letter_texts]:
        row["published_ms"] = 5
    async with database.writing() as connection:
        await store(connection, rows)
    assert await _found(database, "customer", limit=2) == [5, 4, 3, 2, 1, 0]


async def test_what_is_forgotten_is_not_found(database: Database) -> None:
    await _store(database, LETTERS)
    await forget_old(database, retention_days=1, now_ms=round(NOW.timestamp() * 1000) + 10**9)
    assert (await content(database))["dead_letter_texts"] == []


async def test_a_search_over_http(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    await cluster.publish(
        [letter(cluster.topics, number, value) for number, value in enumerate(VALUES)]
    )
    access = AccessOptions(tokens=True)
    url = f"sqlite:///{tmp_path}/console.db"
    async with running_console(cluster, url, access=access) as console:
        database = console.services.database
        await caught_up(database, cluster)
        headers = {
            role: {"authorization": f"Bearer {await create_token(database, name='n', role=role)}"}
            for role in Role
        }

        async def search(role: Role = Role.VIEWER, **body: Any) -> tuple[int, dict[str, Any]]:
            answer = await console.client.post(
                "/v1/dead-letters/search", json=body, headers=headers[role]
            )
            return answer.status_code, answer.json()

        status, first = await search(text="退款", limit=1)
        assert status == 200
        _, second = await search(text="退款", limit=1, cursor=first["next_cursor"])
        found = [one["original_offset"] for page in (first, second) for one in page["items"]]
        assert found == [1, 0]
        assert second["next_cursor"] is None
        assert second["searched_back_to"] is None
        _, utf8 = await search(text="customer", reason="not_utf8")
        assert [one["original_offset"] for one in utf8["items"]] == [4]
        assert (await search(text="customer", state="redriven"))[1]["items"] == []
        assert {role for role in Role if (await search(role, text="x"))[0] == 200} == {
            Role.VIEWER,
            Role.REVIEWER,
            Role.OPERATOR,
        }
        refused: list[tuple[dict[str, Any], str]] = [
            ({"text": " \t"}, "text"),
            ({"text": "x" * 201}, "text"),
            ({"text": "a\x00"}, "text"),
            ({"text": 5}, "text"),
            ({}, "text"),
            ({"text": "x", "reason": "none"}, "reason"),
            ({"text": "x", "state": "all"}, "state"),
            ({"text": "x", "cursor": "?"}, "cursor"),
            ({"text": "x", "tekst": "y"}, "tekst"),
        ]
        for body, field in refused:
            status, problem = await search(**body)
            assert (status, problem["field"]) == (422, field)
            assert problem["detail"].startswith(f"{field}: ")
        half = await console.client.post(
            "/v1/dead-letters/search",
            content=b'{"text":"\\ud83d"}',
            headers=headers[Role.VIEWER] | {"content-type": "application/json"},
        )
        assert (half.status_code, half.json()["field"]) == (422, "text")


async def _store(database: Database, records: Sequence[OutputRecord]) -> None:
    rows, _ = await asyncio.to_thread(rows_of, as_read(records), readers_of(TOPICS))
    async with database.writing() as connection:
        await store(connection, rows)


async def _found(database: Database, text: str, *, limit: int = 100) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        async with database.reading() as connection:
            page = await search_dead_letters(
                connection, text, fault=None, state="open", limit=limit, cursor=cursor
            )
        found += [one.original_offset for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
