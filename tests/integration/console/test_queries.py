"""Questions to the database: filters, pages, totals."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert, text

from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.queries.dead_letters import (
    OPEN_BY_FAULT,
    dead_letter_at,
    dead_letter_page,
    open_dead_letters,
)
from stream_service.console.queries.paging import InvalidCursor
from stream_service.console.queries.reviews import ReviewFilter, open_by_priority, review_page
from stream_service.console.queries.totals import totals
from stream_service.console.store import Database, redrives
from stream_service.contracts.analysis import Category
from stream_service.contracts.dead_letter import ERROR_FAULT
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.review import Priority, ReviewReason
from stream_service.contracts.topics import Topics
from tests.support.console import NOW, as_read, records_of_every_kind, review_item
from tests.support.postgres import english_postgres

TOPICS = Topics()


async def test_the_queue_is_ordered_by_priority_and_due_time(database: Database) -> None:
    await _store_reviews(database, 40)
    found = await _all(database, ReviewFilter(), limit=7)
    places = [
        (["urgent", "high", "normal", "low"].index(one.priority), one.due_ms) for one in found
    ]
    assert len(places) == 40
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (ReviewFilter(), 40),
        (ReviewFilter(status=None), 40),
        (ReviewFilter(status="decided"), 0),
        (ReviewFilter(priority="urgent"), 10),
        (ReviewFilter(reason="legal_safety"), 8),
        (ReviewFilter(reason="legal"), 0),
        (ReviewFilter(reason="%"), 0),
        (ReviewFilter(language="zh"), 20),
        (ReviewFilter(category="question"), 20),
        (ReviewFilter(category="question", priority="high"), 0),
    ],
)
async def test_each_filter_gives_its_items(
    database: Database, wanted: ReviewFilter, count: int
) -> None:
    await _store_reviews(database, 40)
    found = await _all(database, wanted, limit=3)
    assert len({one.event_id for one in found}) == len(found) == count


NAMES = ["a1", "B2", "c3", "D4", "e5", "F6", "é7", "Z8"]
"""In an order of their own by code points, and in another by languages and without case."""


async def test_pages_leave_nothing_out_where_names_have_another_order(
    database_of_another_order: Database,
) -> None:
    """Sorted here by code points, a page ended at another item than the database's."""
    same = {"due_at": NOW, "priority": Priority.NORMAL}
    items = [review_item(number, **same) for number in range(len(NAMES))]
    await _store_records(
        database_of_another_order,
        [
            verdict_record(TOPICS, item.model_copy(update={"event_id": name}), None)
            for item, name in zip(items, NAMES, strict=True)
        ],
    )
    for limit in (1, 2, 3, 8):
        found = await _all(database_of_another_order, ReviewFilter(), limit=limit)
        assert sorted(one.event_id for one in found) == sorted(NAMES)


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def database_of_another_order(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[Database]:
    """One whose texts are not ordered by code points."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/console.db"
            await _without_case(url)
        else:
            url = stack.enter_context(english_postgres())
        database = await Database.open(url)
        try:
            yield database
        finally:
            await database.close()


async def _without_case(url: str) -> None:
    """Make the tables, with a queue whose names are ordered as a language would."""
    database = await Database.open(url)
    async with database.writing() as connection:
        found = await connection.execute(
            text("SELECT sql FROM sqlite_master WHERE tbl_name = 'reviews' AND sql IS NOT NULL")
        )
        table, *indexes = [sql for (sql,) in found]
        changed = table.replace("event_id TEXT", "event_id TEXT COLLATE NOCASE")
        assert changed != table
        for statement in ("DROP TABLE reviews", changed, *indexes):
            await connection.execute(text(statement))
    await database.close()


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "WzEsMiwzXQ", "W3RydWUsMSwiYSJd", "a" * 5_000])
async def test_a_cursor_that_no_page_gave_is_refused(database: Database, cursor: str) -> None:
    async with database.reading() as connection:
        with pytest.raises(InvalidCursor, match="cursor"):
            await review_page(connection, ReviewFilter(), limit=1, cursor=cursor)


async def test_open_items_are_counted_by_priority(database: Database) -> None:
    await _store_reviews(database, 40)
    async with database.reading() as connection:
        found = await open_by_priority(connection)
    assert {name: count for name, (count, _) in found.items()} == dict.fromkeys(
        ["urgent", "high", "normal", "low"], 10
    )


async def test_dead_letters_are_found_by_reason_and_read_as_bytes(database: Database) -> None:
    records = records_of_every_kind(TOPICS)
    await _store_records(database, [*records, records[-1], records[-1]])
    async with database.reading() as connection:
        first = await dead_letter_page(connection, fault="judge_failed", state="open", limit=2)
        assert [one.offset for one in first.items] == [2, 1]
        rest = await dead_letter_page(
            connection, fault=None, state=None, limit=2, cursor=first.next_cursor
        )
        assert [one.offset for one in rest.items] == [0]
        assert rest.next_cursor is None
        none = await dead_letter_page(connection, fault="not_json", state=None, limit=2)
        assert none.items == []
        whole = await dead_letter_at(connection, 0, 1)
    assert whole is not None
    assert whole.value == records[-1].value
    assert whole.key == records[-1].key
    assert whole.headers == records[-1].headers


async def test_a_dead_letter_that_was_sent_back_is_not_open(database: Database) -> None:
    records = records_of_every_kind(TOPICS)
    await _store_records(database, [*records, records[-1]])
    async with database.writing() as connection:
        await connection.execute(
            insert(redrives).values(
                partition=0,
                offset=0,
                act_id="a",
                fault="judge_failed",
                principal="p",
                edited=False,
                redriven_ms=1,
            )
        )
    async with database.reading() as connection:
        [still] = await open_dead_letters(connection)
        sent = await dead_letter_page(connection, fault=None, state="redriven", limit=5)
    assert (still.fault, still.count) == ("judge_failed", 1)
    assert [one.offset for one in sent.items] == [0]
    assert sent.items[0].redriven_by == "p"


async def test_open_dead_letters_are_counted_by_reason(database: Database) -> None:
    records = records_of_every_kind(TOPICS)
    letter = records[-1]
    other = replace(
        letter, headers=tuple(_as_fault(header, "not_json") for header in letter.headers)
    )
    third = replace(letter, headers=tuple(_as_fault(one, "too_deep") for one in letter.headers))
    # Offsets 0 to 5; the first and the last of all are sent back.
    await _store_records(database, [letter, letter, other, letter, other, third])
    async with database.writing() as connection:
        given = {"act_id": "a", "principal": "p", "edited": False, "redriven_ms": 1}
        # One of a letter that retention has taken, too.
        sent = {0: "judge_failed", 5: "too_deep", 99: "not_json"}
        rows = [
            {"partition": 0, "offset": offset, "fault": fault, **given}
            for offset, fault in sent.items()
        ]
        await connection.execute(insert(redrives), rows)
    now_ms = round(NOW.timestamp() * 1000)
    async with database.reading() as connection:
        found = await open_dead_letters(connection)
    assert {one.fault: (one.count, one.oldest_ms - now_ms) for one in found} == {
        "judge_failed": (2, 1),
        "not_json": (2, 2),
    }


async def test_counting_open_dead_letters_reads_none_of_them(tmp_path: Path) -> None:
    """Every console asks every five seconds; a hundred thousand letters took 0.1 s each time."""
    database = await Database.open(f"sqlite:///{tmp_path}/console.db")
    async with database.reading() as connection:
        asked = OPEN_BY_FAULT.compile(dialect=connection.dialect)
        found = await connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {asked}",
            tuple(asked.params[name] for name in asked.positiontup or ()),
        )
        plan = [row.detail for row in found]
    await database.close()
    scans = [step for step in plan if step.startswith("SCAN dead_letters")]
    assert scans == ["SCAN dead_letters USING COVERING INDEX ix_dead_letters_fault_published_ms"]


def _as_fault(header: tuple[str, bytes | None], fault: str) -> tuple[str, bytes | None]:
    return (header[0], fault.encode()) if header[0] == ERROR_FAULT else header


async def test_totals_by_steps(database: Database) -> None:
    await _store_records(database, records_of_every_kind(TOPICS))
    minute = round(NOW.timestamp()) // 60
    async with database.reading() as connection:
        found = await totals(
            connection, from_minute=minute - 7, to_minute=minute + 3, step_minutes=5
        )
        none = await totals(connection, from_minute=minute - 7, to_minute=minute, step_minutes=5)
    assert none == []
    counted = {(one.outcome, one.category): one.count for one in found}
    assert counted == {
        ("applied", ""): 1,
        ("dead_letter", "judge_failed"): 1,
        ("received", ""): 5,
        ("replied", "complaint"): 1,
        ("review", "complaint"): 2,
        ("superseded", ""): 1,
    }
    assert {one.minute for one in found} == {minute - 2}


async def _store_reviews(database: Database, count: int) -> None:
    await _store_records(database, [_review(number) for number in range(count)])


def _review(number: int) -> OutputRecord:
    item = review_item(
        number,
        priority=list(Priority)[number % 4],
        reasons=(
            (ReviewReason.LEGAL_SAFETY, ReviewReason.ANGER)
            if number % 5 == 0
            else (ReviewReason.ANGER,)
        ),
    )
    analysis = item.analysis.model_copy(
        update={
            "language": "zh" if number % 2 else "en",
            "category": Category.QUESTION if number % 2 else Category.PRAISE,
        }
    )
    return verdict_record(TOPICS, item.model_copy(update={"analysis": analysis}), None)


async def _store_records(database: Database, records: Sequence[OutputRecord]) -> None:
    rows, _ = await asyncio.to_thread(rows_of, as_read(records), readers_of(TOPICS))
    async with database.writing() as connection:
        await store(connection, rows)


async def _all(database: Database, wanted: ReviewFilter, *, limit: int) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        async with database.reading() as connection:
            page = await review_page(connection, wanted, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
