"""The audit page, without a browser: it keeps itself up to date, and keeps nobody logged in."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui import Client, core, ui

from stream_service.console.access.audit import record_act
from stream_service.console.access.roles import LOCAL, Principal, Role
from stream_service.console.pages import page as page_module
from stream_service.console.pages.access.visitor import PageAccess, Visitor
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.formatting import Formatter
from stream_service.console.pages.languages import Language
from stream_service.console.pages.notices import Notices
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.sharing import SharedReadings
from stream_service.console.pages.texts.catalogue import TEXTS
from stream_service.console.pages.views import audit
from stream_service.console.services import Services
from stream_service.console.store import Database


class Access:
    """Asked who is there."""

    def __init__(self) -> None:
        self.principal_now: Principal | None = LOCAL

    async def principal(self, _headers: object, _peer: object, *, touch: bool) -> Principal | None:
        assert not touch, "what a page asks by itself is no use of its session"
        return self.principal_now


@asynccontextmanager
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Client]:
    """A page of NiceGUI's; its messages go nowhere."""
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    with Client(ui.page("/audit"), request=None) as client:
        yield client
    client.delete()


async def test_what_is_done_meanwhile_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that had to be loaded anew to show it."""
    timers: list[Callable[[], Awaitable[None]]] = []

    def timer(_: float, work: Any, **__: object) -> None:
        timers.append(work)

    monkeypatch.setattr(page_module.ui, "timer", timer)
    access = Access()
    database = await Database.open(f"sqlite:///{tmp_path}/console.db")
    async with opened(monkeypatch) as client:
        await _act(database, "e1")
        await audit.build(_page(database, access))
        assert _subjects(client) == ["e1"]
        await _act(database, "e2")
        [refresh] = timers
        await refresh()
        assert _subjects(client) == ["e2", "e1"]
        # Who may not any more is shown nothing more, before their page is closed.
        access.principal_now = Principal("ann", Role.VIEWER)
        await _act(database, "e3")
        await refresh()
        access.principal_now = None
        await refresh()
        assert _subjects(client) == ["e2", "e1"]
    await database.close()


async def _act(database: Database, subject: str) -> None:
    async with database.writing() as connection:
        await record_act(connection, LOCAL, "decide", subject)


def _subjects(client: Client) -> list[str]:
    rows = [one for one in client.elements.values() if one.tag == "tr"]
    cells = [[cast(Any, cell).text for cell in row if cell.tag == "td"] for row in rows]
    return [row[4] for row in cells if row]


def _page(database: Database, access: Access) -> ConsolePage:
    return ConsolePage(
        services=cast(Services, SimpleNamespace(database=database)),
        visitor=Visitor(cast(PageAccess, access), {}, None, LOCAL),
        texts=TEXTS[Language.ENGLISH],
        formatter=Formatter(Language.ENGLISH),
        readings=SharedReadings(),
        notices=Notices(Tag("div")),
        paths=["/audit"],
    )
