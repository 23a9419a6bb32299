"""Sessions of the pages, readings that are shared, numbers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui import Client, core, ui

from stream_service.console.access.authenticating import Authenticator
from stream_service.console.access.roles import Permission, Principal, Role
from stream_service.console.pages import frame, leaving, opened
from stream_service.console.pages.access.login import LOGIN_PATH
from stream_service.console.pages.access.sessions import COOKIE, Sessions
from stream_service.console.pages.access.visitor import PageAccess, Visitor, cookies_of
from stream_service.console.pages.formatting import Formatter
from stream_service.console.pages.languages import Language
from stream_service.console.pages.notices import Notices
from stream_service.console.pages.sharing import SharedReading
from stream_service.console.pages.texts.catalogue import TEXTS
from stream_service.console.services import Services
from tests.support.waiting import until

ANN = Principal("ann", Role.REVIEWER)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_when_it_is_left_alone() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    name = sessions.begin("token")
    clock.now = 11 * 3600
    assert sessions.token(name, touch=True) == "token"
    clock.now = 22 * 3600
    assert sessions.token(name, touch=False) == "token"
    clock.now = 24 * 3600
    assert sessions.token(name, touch=False) is None


def test_a_session_ends_with_the_log_out_alone() -> None:
    sessions = Sessions()
    first, second = sessions.begin("token"), sessions.begin("token")
    sessions.end(first)
    assert sessions.token(first, touch=True) is None
    assert sessions.token(second, touch=True) == "token"
    assert sessions.token("made up", touch=True) is None


@pytest.mark.parametrize(
    "others", ['prefs={"tab": 1}', "name=张三", "flag", "a b=c", "path/to=1", 'quoted="a', "x=1,2"]
)
def test_a_session_is_found_among_the_cookies_of_other_programs(others: str) -> None:
    """One that another program on the host had set, as JSON for one, hid them all: whoever had it
    could not log in."""
    session = f"{COOKIE}=abc-_1"
    for header in (f"{others}; {session}", f"{session}; {others}"):
        sent = header.encode().decode("latin-1")
        assert cookies_of({"cookie": sent})[COOKIE] == "abc-_1"
    assert cookies_of({}) == {}


async def test_a_page_that_is_left_open_keeps_nobody_logged_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It asked every 15 s whether its reader is still there, which counted as use."""
    clock = Clock()
    authenticator = _OneToken()
    access = PageAccess(authenticator, Sessions(clock))
    headers = {"cookie": f"{COOKIE}={access.sessions.begin('t')}"}
    visitor = Visitor(access, headers, None, ANN)
    left: list[str] = []
    monkeypatch.setattr(frame, "leave", left.append)
    asked = _timers_of_a_frame(visitor, monkeypatch)[frame._STILL_IN_S]  # pyright: ignore[reportPrivateUsage]
    for hour in range(1, 12):
        clock.now = hour * 3600
        await asked()
        assert left == []
    # An act is use.
    assert await visitor.permitted(Permission.VIEW) == ANN
    clock.now += 11 * 3600
    await asked()
    assert left == []
    clock.now += 2 * 3600
    await asked()
    assert left == [LOGIN_PATH]


async def test_a_page_whose_reader_is_out_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tab was led away, and the page went on here for whoever did not go."""
    monkeypatch.setattr(leaving, "_TOLD_S", 0.0)
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    client = Client(ui.page("/left"), request=None)
    client.tab_id = "tab"
    with client:
        ui.button("Accept")
        leaving.leave("/login")
    assert [kind for _, kind, _ in client.outbox.messages] == ["open"]
    await until(lambda: client.is_deleted, "the end of the page")
    assert client.id not in Client.instances
    assert client.elements == {}


def test_pages_that_are_only_fetched_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stayed for a minute: a script that asked for pages again and again filled the memory."""
    monkeypatch.setattr(opened, "_MOST", 3)
    pages = opened.OpenedPages()
    clients: list[Any] = [Client(ui.page("/fetched"), request=None) for _ in range(6)]
    for client in clients[:2]:
        pages.add(client)
        # As the socket's opening does.
        for handler in client.connect_handlers:
            client.safe_invoke(handler)
    for client in clients[2:]:
        pages.add(client)
    assert [client.is_deleted for client in clients] == [False, False, True, False, False, False]
    clients[4].delete()
    pages.add(Client(ui.page("/fetched"), request=None))
    assert not clients[3].is_deleted


class _OneToken(Authenticator):
    """Knows Ann by her token."""

    def __init__(self) -> None:
        return

    @property
    def asks_who(self) -> bool:
        return True

    async def principal(self, headers: Mapping[str, str], peer: str | None) -> Principal | None:
        return ANN if headers.get("authorization") == "Bearer t" else None


def _timers_of_a_frame(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> dict[float, Callable[[], Awaitable[None]]]:
    """What a page's frame does by itself, by its interval."""
    timers: dict[float, Any] = {}

    def timer(interval_s: float, work: Any, **_: object) -> None:
        timers[interval_s] = work

    monkeypatch.setattr(frame.ui, "timer", timer)
    services = SimpleNamespace(kafka_is_there=True, projection=SimpleNamespace(behind=0))
    notices = SimpleNamespace(clear=lambda _: None)  # pyright: ignore[reportUnknownLambdaType]
    frame._watch(  # pyright: ignore[reportPrivateUsage]
        cast(Services, services), visitor, TEXTS[Language.ENGLISH], cast(Notices, notices)
    )
    return timers


async def test_many_askers_are_one_reading() -> None:
    reads = 0

    async def load() -> int:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        return reads

    reading = SharedReading(load, holds_s=60)
    assert await asyncio.gather(*(reading.get() for _ in range(50))) == [1] * 50


async def test_a_reading_that_fails_is_tried_again() -> None:
    failing = True

    async def load() -> str:
        if failing:
            raise OSError
        return "there"

    reading = SharedReading(load, holds_s=60)
    with pytest.raises(OSError):
        await reading.get()
    failing = False
    assert await reading.get() == "there"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (None, "–", "–"),
        (0.0123, "12 ms", "12 毫秒"),
        (3.21, "3.2 s", "3.2 秒"),
        (59, "59 s", "59 秒"),
        (600, "10 min", "10 分钟"),
        (7200, "2 h", "2 小时"),
        (864_000, "10 d", "10 天"),
    ],
)
def test_spans_are_written_in_their_largest_unit(
    seconds: float | None, english: str, chinese: str
) -> None:
    assert Formatter(Language.ENGLISH).duration(seconds) == english
    assert Formatter(Language.CHINESE).duration(seconds) == chinese


def test_small_sums_are_told_from_nothing() -> None:
    formatter = Formatter(Language.ENGLISH)
    assert [formatter.money_usd(value) for value in (0, 0.00042, 12.5, 1234.5)] == [
        "$0.00", "$0.0004", "$12.50", "$1,234.50",
    ]  # fmt: skip
