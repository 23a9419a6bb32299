"""What a page's builder is given: services, visitor, texts, and how to refresh and to act."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from nicegui import ui

from stream_service.console.access.roles import Permission, Principal
from stream_service.console.errors import ConsoleError, DatabaseUnavailable, KafkaAway
from stream_service.console.gateway.problems import problem_of
from stream_service.console.pages.access.login import LOGIN_PATH
from stream_service.console.pages.access.visitor import NotAllowed, SignedOut, Visitor
from stream_service.console.pages.elements import LocalTime
from stream_service.console.pages.formatting import Formatter
from stream_service.console.pages.languages import Language
from stream_service.console.pages.leaving import leave
from stream_service.console.pages.notices import Notices
from stream_service.console.pages.sharing import SharedReadings
from stream_service.console.pages.texts.catalogue import Texts
from stream_service.console.services import Services
from stream_service.observe.logs import logger

Value = TypeVar("Value")

_FIRST_LOOK_S = 1.5
"""Somebody waits for the page itself; a database that does not answer is waited for afterwards."""

Build = Callable[["ConsolePage"], Awaitable[None]]
"""Fills a page's ``main``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """A page: where it is, who may see it, and what fills it."""

    path: str
    name: str
    """The name of its title among the frame's texts."""
    icon: str
    permission: Permission
    build: Build


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePage:
    """One opened page, in one browser tab."""

    services: Services
    visitor: Visitor
    texts: Texts
    formatter: Formatter
    readings: SharedReadings
    notices: Notices
    paths: Collection[str]
    """Of all pages that the visitor may see."""

    def has(self, path: str) -> bool:
        """Whether a link there leads somewhere."""
        return path in self.paths

    @property
    def language(self) -> Language:
        """The interface's."""
        return self.texts.language

    def time(self, at_ms: int, form: str = "datetime") -> LocalTime:
        """A moment, written by the browser; ``form`` as LocalTime has it."""
        return LocalTime(at_ms, language=self.language.value, form=form)

    async def every(
        self,
        interval_s: float,
        load: Callable[[], Awaitable[Value]],
        show: Callable[[Value], None],
    ) -> None:
        """Show what ``load`` gives, now and every ``interval_s`` for as long as the tab is open.

        While it cannot be had, the page says why, keeps what it shows, and tries on.
        """

        async def refresh(timeout_s: float | None = None) -> None:
            try:
                async with asyncio.timeout(timeout_s):
                    value = await load()
            except (DatabaseUnavailable, TimeoutError):
                self.notices.show("database", self.texts.frame.database_away)
                return
            self.notices.clear("database")
            show(value)
            self.notices.clear("failed")

        async def refresh_or_tell(timeout_s: float | None = None) -> None:
            try:
                await refresh(timeout_s)
            except Exception:  # noqa: BLE001 - the next time may go well
                logger().exception("page_refresh_failed")
                self.notices.show("failed", self.texts.frame.failed)

        await refresh_or_tell(_FIRST_LOOK_S)
        # Ends with the tab: NiceGUI cancels an element's timer together with the element.
        ui.timer(interval_s, refresh_or_tell, immediate=False)

    async def act(
        self, permission: Permission, work: Callable[[Principal], Awaitable[None]]
    ) -> bool:
        """Do what somebody asked for, if they still may; whether it was done.

        What comes in the way is told on the page.
        """
        try:
            await work(await self.visitor.permitted(permission))
        except SignedOut:
            leave(LOGIN_PATH)
        except Exception as error:  # noqa: BLE001 - told on the page, and logged where it is ours
            self.tell(self.explain(error))
        else:
            return True
        return False

    def explain(self, error: Exception) -> str:
        """What to say of an error; one of ours is logged."""
        frame = self.texts.frame
        match error:
            case NotAllowed():
                return frame.not_allowed.format(role=self.texts.word(error.principal.role.value))
            case KafkaAway():
                return frame.kafka_away
            case DatabaseUnavailable():
                return frame.database_away
            case _:
                problem = problem_of(error)
                if problem is not None or isinstance(error, ConsoleError):
                    return frame.refused.format(detail=problem.detail if problem else error)
                logger().exception("page_act_failed")
                return frame.failed

    def tell(self, message: str, *, is_good: bool = False) -> None:
        """Say something that the reader need not answer."""
        ui.notify(
            message,
            type="positive" if is_good else "negative",
            position="bottom",
            timeout=4_000 if is_good else 10_000,
            close_button="✕",
        )
