"""The audit log, for operators."""

from dataclasses import dataclass, field

from nicegui import ui

from stream_service.console.access.audit import AuditEntry, audit_page
from stream_service.console.access.roles import Permission, Principal
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.queries.paging import Page

_ITEMS = 50

_REFRESH_S = 3.0
"""Of the newest page; whoever reads an older one is not disturbed."""


@dataclass
class _Place:
    """Where the reader is: the way back to the newest page."""

    cursors: list[str | None] = field(default_factory=lambda: [None])


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    texts = page.texts.audit
    Tag("h1", texts.title)
    Tag("p", texts.lead, classes="lead")
    await _Log(page).begin()


class _Log:
    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        self._place = _Place()
        self._older: str | None = None
        self._shown: Page[AuditEntry] | None = None
        texts = page.texts.audit
        with Tag("section", classes="panel"):
            self._table = Tag("div", classes="scroll", tabindex=0, role="region")
            self._table.props["aria-label"] = texts.log
            with Tag("p", classes="acts"):
                self._newest_button = Tag("button", texts.newest, classes="button", type="button")
                self._older_button = Tag("button", texts.older, classes="button", type="button")
        self._newest_button.on("click", self._newest)
        self._older_button.on("click", self._further)
        self._older_button.set_visibility(False)
        self._newest_button.set_visibility(False)

    async def begin(self) -> None:
        """Show the newest acts, and new ones as they come."""
        await self._page.every(_REFRESH_S, self._newest_acts, self._show_newest)

    async def _newest_acts(self) -> Page[AuditEntry] | None:
        """None where there is nothing to be shown. Raises DatabaseUnavailable."""
        principal = await self._page.visitor.now()
        if principal is None or not principal.may(Permission.OPERATE) or not self._is_at_newest:
            return None
        async with self._page.services.database.reading() as connection:
            return await audit_page(connection, limit=_ITEMS)

    def _show_newest(self, found: Page[AuditEntry] | None) -> None:
        if found is not None and found != self._shown and self._is_at_newest:
            self._show(found)

    @property
    def _is_at_newest(self) -> bool:
        return len(self._place.cursors) == 1

    async def _newest(self) -> None:
        self._place.cursors = [None]
        await self.turn()

    async def _further(self) -> None:
        if self._older is not None:
            self._place.cursors.append(self._older)
            await self.turn()

    async def turn(self) -> None:
        """Show the page of the log that the reader is at, if they still may see it."""

        async def read(_: Principal) -> None:
            async with self._page.services.database.reading() as connection:
                found = await audit_page(connection, limit=_ITEMS, cursor=self._place.cursors[-1])
            self._show(found)

        await self._page.act(Permission.OPERATE, read)

    def _show(self, found: Page[AuditEntry]) -> None:
        texts = self._page.texts.audit
        self._shown, self._older = found, found.next_cursor
        self._older_button.set_visibility(self._older is not None)
        self._newest_button.set_visibility(not self._is_at_newest)
        self._table.clear()
        with self._table:
            if not found.items:
                Tag("p", texts.empty, classes="empty")
                return
            with Tag("table", classes="grid"):
                names = (texts.at, texts.who, texts.role, texts.act, texts.subject, texts.details)
                with Tag("thead"), Tag("tr"):
                    for name in names:
                        Tag("th", name, scope="col")
                with Tag("tbody"):
                    for entry in found.items:
                        self._row(entry)

    def _row(self, entry: AuditEntry) -> ui.element:
        texts, word = self._page.texts.audit, self._page.texts.word
        acts = {"decide": texts.decide, "redrive": texts.redrive}
        details = ", ".join(
            f"{name}: {word(str(value)) if isinstance(value, str) else value}"
            for name, value in entry.details.items()
        )
        with Tag("tr") as row:
            with Tag("td", classes="chips"):
                self._page.time(entry.at_ms)
            Tag("td", entry.principal)
            Tag("td", word(entry.role))
            Tag("td", acts.get(entry.action, entry.action))
            Tag("td", entry.subject)
            Tag("td", details, classes="said small")
        return row
