"""A search for dead letters that stays open on a page."""

from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.queries.dead_letters import (
    FoundDeadLetters,
    StoredDeadLetter,
    search_dead_letters,
)
from stream_service.console.queries.paging import read_cursor

PAGE_ITEMS = 50
"""And as many more each time that somebody asks for them."""

MOST_ITEMS = 500


@dataclass
class OpenSearch:
    """What a text has found. Each of its pages may look through ten thousand letters."""

    text: str
    fault: str | None
    state: str | None
    _found: FoundDeadLetters | None = field(default=None, init=False)

    async def found(self, connection: AsyncConnection, limit: int) -> FoundDeadLetters:
        """Up to ``limit`` letters. What was found before is kept, but for the first page of it.

        New letters are there; a page that stays open must not look through the old ones again every
        few seconds. Raises DatabaseUnavailable.
        """
        if self._found is None:
            self._found = await self._all_pages(connection, limit)
        else:
            first = await self._page(connection, PAGE_ITEMS, None)
            self._found = _with_first(first, self._found)
        return self._found

    def forget(self) -> None:
        """Let the next time look through all of its pages."""
        self._found = None

    async def _all_pages(self, connection: AsyncConnection, limit: int) -> FoundDeadLetters:
        items: list[StoredDeadLetter] = []
        found = FoundDeadLetters(items, None, None)
        # Who asks for more is shown more, and is looked further back for.
        for _ in range(limit // PAGE_ITEMS):
            found = await self._page(connection, limit - len(items), found.next_cursor)
            items += found.items
            if found.next_cursor is None or len(items) == limit:
                break
        return replace(found, items=items)

    async def _page(
        self, connection: AsyncConnection, limit: int, cursor: str | None
    ) -> FoundDeadLetters:
        return await search_dead_letters(
            connection,
            self.text,
            fault=self.fault,
            state=self.state,
            limit=limit,
            cursor=cursor,
        )


def _with_first(first: FoundDeadLetters, known: FoundDeadLetters) -> FoundDeadLetters:
    """``known`` with ``first`` in place of all that stands in front of its cursor."""
    if first.next_cursor is None:
        return first
    behind = read_cursor(first.next_cursor, int, int, int)
    later = [one for one in known.items if (one.published_ms, one.partition, one.offset) < behind]
    return replace(known, items=[*first.items, *later][:MOST_ITEMS])
