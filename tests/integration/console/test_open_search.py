"""A search for dead letters that stays open on a page: what it costs, and what it shows."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import event

from stream_service.console.access.roles import LOCAL
from stream_service.console.pages.languages import Language
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.texts.catalogue import TEXTS
from stream_service.console.pages.views import dead_letters as view
from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.queries import dead_letters as queries
from stream_service.console.repair.redriving import redrive
from stream_service.console.store import Database
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from tests.support.console import NOW, as_read

TOPICS = Topics()

LETTERS = 40

AT_ONCE = 4
"""Letters that one search looks through, beside the one that it ends with."""


async def test_what_was_looked_through_before_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refresh repeated up to ten searches, three seconds after the last."""
    monkeypatch.setattr(queries, "SEARCHED_AT_ONCE", AT_ONCE)
    await _add(database, range(LETTERS))
    page = _Page(database)
    await page.search("needle")
    assert page.shown == [*range(39, 34, -1)]
    for _ in range(3):
        await page.do("more")
    assert page.shown == [*range(39, 19, -1)]
    with _searches(database) as searches:
        await page.refresh()
    assert len(searches) == 1
    assert page.shown == [*range(39, 19, -1)]

    # What comes is there, and what was found before it stays.
    await _add(database, range(LETTERS, LETTERS + 2))
    await page.refresh()
    assert page.shown == [*range(41, 19, -1)]
    # What is at the top and not open any more goes.
    await redrive(database, TOPICS, LOCAL, (0, 40))
    await page.refresh()
    assert page.shown == [41, *range(39, 19, -1)]
    # To look at one is no reason to look through all.
    with _searches(database) as searches:
        await page.do("open", "0-30")
    assert len(searches) == 1
    assert page.opened == ["0-30"]


async def test_what_is_sent_back_goes_from_wherever_it_stood(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SEARCHED_AT_ONCE", AT_ONCE)
    await _add(database, range(LETTERS))
    page = _Page(database)
    await page.search("needle")
    await page.do("more")
    await page.do("redrive_many", ["0-33"])
    assert page.shown == [39, 38, 37, 36, 35, 34, 32, 31, 30]


class _Page:
    """The page's own part of itself, without a browser."""

    def __init__(self, database: Database) -> None:
        self.shown: list[int] = []
        self.opened: list[str] = []
        self._handlers: dict[str, Callable[[Any], Awaitable[None]]] = {}
        self._load: Callable[[], Awaitable[None]] | None = None
        services = SimpleNamespace(
            database=database, topics=TOPICS, relay=SimpleNamespace(wake=lambda: None)
        )
        page = SimpleNamespace(
            services=services,
            texts=TEXTS[Language.ENGLISH],
            every=self._every,
            act=self._act,
            tell=pytest.fail,
        )
        desk = SimpleNamespace(on=self._handlers.__setitem__, run_method=self._run)
        self._view = view._DeadLetters(  # pyright: ignore[reportPrivateUsage]
            cast(ConsolePage, page), cast(view.DeadLetterDesk, desk)
        )

    async def search(self, text: str) -> None:
        await self._view.begin()
        await self.do("filter", {"reason": "", "state": "open", "text": text})

    async def do(self, name: str, args: object = None) -> None:
        """What the browser asks for; some ask for nothing more."""
        handler: Any = self._handlers[name]
        await (handler() if args is None else handler(SimpleNamespace(args=args)))

    async def refresh(self) -> None:
        """As the page's timer does it."""
        assert self._load is not None
        await self._load()

    async def _every(self, _interval_s: float, load: Any, _show: object) -> None:
        self._load = load
        await load()

    async def _act(self, _permission: object, work: Callable[[Any], Awaitable[None]]) -> bool:
        await work(LOCAL)
        return True

    def _run(self, method: str, *given: Any) -> None:
        if method == "list":
            self.shown = [int(one["id"].split("-")[1]) for one in given[0]]
        elif method == "opened":
            self.opened.append(given[0]["id"])


@contextmanager
def _searches(database: Database) -> Generator[Sequence[str]]:
    """The statements that look through texts, as they are sent to the database."""
    engine = database._engine.sync_engine  # pyright: ignore[reportPrivateUsage]
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "dead_letter_texts" in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def _add(database: Database, numbers: range) -> None:
    place: dict[str, Any] = {
        "topic": TOPICS.events,
        "partition": 7,
        "offset": 0,
        "timestamp_ms": 0,
    }
    told = DeadLetter(
        **place, fault=Fault.NOT_JSON, error_class="E", message="Wrong", failed_at=NOW
    )
    bad = InputRecord(**place, key=b"k", value=b"a needle")
    letter = dead_letter_record(TOPICS.dead_letters, bad, told, 1_000_000)
    read = as_read([letter] * numbers.stop)[numbers.start :]
    rows, _ = rows_of(read, readers_of(TOPICS))
    async with database.writing() as connection:
        await store(connection, rows)
