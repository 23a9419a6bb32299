"""Dead letters: searched, looked at, mended and sent back."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from stream_service.console.access.roles import Permission, Principal
from stream_service.console.errors import ConsoleError, DatabaseUnavailable
from stream_service.console.pages.appearance import ASSETS
from stream_service.console.pages.arguments import given_fields, given_text, given_texts
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.dead_letter_documents import letter_detail, letter_summary
from stream_service.console.pages.views.open_search import MOST_ITEMS, PAGE_ITEMS, OpenSearch
from stream_service.console.queries.dead_letters import (
    MAX_SEARCH_CHARACTERS,
    FoundDeadLetters,
    InvalidSearch,
    dead_letter_at,
    dead_letter_page,
    searchable,
)
from stream_service.console.repair.redriving import (
    AlreadyRedriven,
    NoSuchDeadLetter,
    NotRedrivable,
    Redriven,
    encoded_value,
    place_of,
    redrive,
)
from stream_service.contracts.faults import Fault, InvalidRecord

_REFRESH_S = 3.0

_AT_ONCE = 100
"""Sent back by one act, as the API has it."""


class DeadLetterDesk(ui.element, component=ASSETS / "dead_letter_desk.js"):
    """The list and one dead letter of it, in the browser."""

    def __init__(self, page: ConsolePage) -> None:
        super().__init__()
        texts = page.texts.dead_letters
        given: dict[str, Any] = {
            "texts": asdict(texts),
            "words": dict(page.texts.words),
            "language": page.language.value,
            "reasons": [fault.value for fault in Fault],
            "mayOperate": page.visitor.may(Permission.OPERATE),
            "most": _AT_ONCE,
            "mostText": MAX_SEARCH_CHARACTERS,
        }
        props: dict[str, Any] = self.props
        props.update(given)


@dataclass
class _State:
    """Of one tab."""

    reason: str | None = None
    state: str | None = "open"
    search: OpenSearch | None = None
    limit: int = PAGE_ITEMS
    opened: str | None = None
    shown_list: object = None
    shown_item: object = None


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    Tag("h1", page.texts.dead_letters.title)
    Tag("p", page.texts.dead_letters.lead, classes="lead")
    await _DeadLetters(page, DeadLetterDesk(page)).begin()


class _DeadLetters:
    def __init__(self, page: ConsolePage, desk: DeadLetterDesk) -> None:
        self._page = page
        self._desk = desk
        self._state = _State()
        self._reading = asyncio.Lock()

    async def begin(self) -> None:
        self._desk.on("open", self._open)
        self._desk.on("more", self._more)
        self._desk.on("filter", self._filter)
        self._desk.on("redrive", self._redrive)
        self._desk.on("redrive_many", self._redrive_many)
        await self._page.every(_REFRESH_S, self._load, lambda _: None)

    async def _load(self, *, everything: bool = False) -> None:
        """Read the list and the opened letter; a search further back too where ``everything`` is.

        Raises DatabaseUnavailable.
        """
        async with self._reading:
            state = self._state
            if everything and state.search is not None:
                state.search.forget()
            found = await self._find(state)
            has_more = found.next_cursor is not None and state.limit < MOST_ITEMS
            items = [letter_summary(letter) for letter in found.items]
            shown = items, has_more, found.searched_back_to_ms
            if shown != state.shown_list and state is self._state:
                state.shown_list = shown
                self._desk.run_method("list", [asdict(one) for one in items], *shown[1:])
            await self._load_opened()

    async def _find(self, state: _State) -> FoundDeadLetters:
        fault, limit = state.reason, state.limit
        async with self._page.services.database.reading() as connection:
            if state.search is None:
                page = await dead_letter_page(
                    connection, fault=fault, state=state.state, limit=limit
                )
                return FoundDeadLetters(page.items, page.next_cursor, None)
            return await state.search.found(connection, limit)

    async def _load_opened(self) -> None:
        state, opened = self._state, self._state.opened
        if opened is None:
            return
        async with self._page.services.database.reading() as connection:
            letter = await dead_letter_at(connection, *place_of(opened))
        if letter is None:
            self._page.tell(self._page.texts.dead_letters.gone)
            state.opened = None
            return
        detail = letter_detail(letter)
        if detail != state.shown_item and state.opened == opened:
            state.shown_item = detail
            self._desk.run_method("opened", asdict(detail))

    async def _again(self, *, everything: bool = False) -> None:
        try:
            await self._load(everything=everything)
        except DatabaseUnavailable:
            self._page.notices.show("database", self._page.texts.frame.database_away)

    async def _open(self, event: GenericEventArguments) -> None:
        try:
            place_of(given_text(event))
        except NoSuchDeadLetter as error:
            self._page.tell(self._page.explain(error))
            return
        self._state.opened, self._state.shown_item = given_text(event), None
        await self._again()

    async def _more(self) -> None:
        self._state.limit = min(MOST_ITEMS, self._state.limit + PAGE_ITEMS)
        await self._again(everything=True)

    async def _filter(self, event: GenericEventArguments) -> None:
        chosen = given_fields(event)
        reason, state, text = chosen.get("reason"), chosen.get("state"), chosen.get("text")
        try:
            sought = searchable(text) if text and text.strip() else None
        except InvalidSearch as error:
            self._page.tell(self._page.explain(error))
            # The page waits for a list: of what was wanted before.
            self._state.shown_list = None
            await self._again()
            return
        fault = reason if reason in frozenset(Fault) else None
        state = state if state in {"open", "redriven"} else None
        search = None if sought is None else OpenSearch(sought, fault, state)
        self._state = _State(reason=fault, state=state, search=search)
        await self._again()

    async def _redrive(self, event: GenericEventArguments) -> None:
        given = given_fields(event)
        letter_id, value = given.get("id") or "", given.get("value")
        problem = ""
        is_sent = False

        async def send(principal: Principal) -> None:
            nonlocal problem, is_sent
            try:
                fate = _fate(letter_id, await self._send(principal, letter_id, value))
            except (InvalidRecord, NotRedrivable) as error:
                # It stands beside the field in which it is mended.
                problem = str(error)
                return
            is_sent = True
            self._desk.run_method("sent", [fate])

        await self._page.act(Permission.OPERATE, send)
        if not is_sent:
            self._desk.run_method("refused", problem)
        # One that stands further back is not open any more, either.
        await self._again(everything=True)

    async def _redrive_many(self, event: GenericEventArguments) -> None:
        ids = given_texts(event, _AT_ONCE)
        fates: list[Mapping[str, Any]] = []

        async def send(principal: Principal) -> None:
            for letter_id in ids:
                try:
                    fates.append(_fate(letter_id, await self._send(principal, letter_id, None)))
                except (NoSuchDeadLetter, AlreadyRedriven, NotRedrivable) as error:
                    fates.append(_refused(letter_id, error))

        is_done = await self._page.act(Permission.OPERATE, send)
        if is_done or fates:
            self._desk.run_method("sent", fates)
        else:
            self._desk.run_method("refused", "")
        # One that stands further back is not open any more, either.
        await self._again(everything=True)

    async def _send(self, principal: Principal, letter_id: str, value: str | None) -> Redriven:
        services = self._page.services
        redriven = await redrive(
            services.database,
            services.topics,
            principal,
            place_of(letter_id),
            value=None if value is None else encoded_value(value),
        )
        services.relay.wake()
        return redriven


def _fate(letter_id: str, redriven: Redriven) -> Mapping[str, Any]:
    return {"id": letter_id, "status": "redriven", "event_id": redriven.event_id}


def _refused(letter_id: str, error: ConsoleError) -> Mapping[str, Any]:
    return {"id": letter_id, "status": "refused", "detail": str(error)}
