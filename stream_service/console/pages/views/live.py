"""The live view: events come in and become replies, reviews or dead letters."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from stream_service.console.live.hub import TooManyWatchers, Watch
from stream_service.console.pages.appearance import ASSETS
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.live_entries import LiveEntries
from stream_service.contracts.analysis import Category

_TICK_S = 0.5
"""As quick as a person notices, and seldom enough for hundreds who watch."""

_SHOWN = 100
"""Events on the page; the oldest goes."""

_OUTCOMES = ("received", "replied", "replied_by_human", "review", "dead_letter")


class LiveFeed(ui.element, component=ASSETS / "live_feed.js"):
    """The list and its filters, in the browser: only new entries go over the socket."""

    def __init__(self, texts: Mapping[str, str], words: Mapping[str, str], language: str) -> None:
        super().__init__()
        given: dict[str, Any] = {
            "texts": dict(texts),
            "words": dict(words),
            "language": language,
            "most": _SHOWN,
            "outcomes": list(_OUTCOMES),
            "categories": [category.value for category in Category],
        }
        props: dict[str, Any] = self.props
        props.update(given)

    def add(self, entries: Sequence[Mapping[str, Any]], dropped: int) -> None:
        """Show more; ``dropped`` came in between and were too many."""
        self.run_method("add", list(entries), dropped)


@dataclass
class _Watching:
    watch: Watch | None = None
    is_paused: bool = False


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    texts, services = page.texts.live, page.services
    Tag("h1", texts.title)
    Tag("p", texts.lead, classes="lead")
    feed = LiveFeed(
        asdict(texts),
        page.texts.words,
        page.language.value,
    )
    entries = page.readings.kept("live_entries", lambda: LiveEntries(services.topics))
    stack, state = ExitStack(), _Watching()
    # With the tab.
    ui.context.client.on_delete(stack.close)  # pyright: ignore[reportUnknownMemberType]

    async def tick() -> None:
        if state.watch is None:
            try:
                state.watch = stack.enter_context(services.hub.watch(*_topics(page)))
            except TooManyWatchers:
                page.notices.show("live", texts.full)
                return
            page.notices.clear("live")
        if state.is_paused:
            # What comes meanwhile stays in the watch's own buffer, which is bounded.
            return
        records, dropped = await state.watch.take(0)
        made = [entry for record in records if (entry := entries.entry(record)) is not None]
        if made or dropped:
            feed.add(made, dropped)

    def pause(event: GenericEventArguments) -> None:
        state.is_paused = bool(event.args)

    feed.on("pause", pause)
    # Begins once the browser has connected: whoever only fetches the page takes no watch.
    ui.timer(_TICK_S, tick)


def _topics(page: ConsolePage) -> Sequence[str]:
    topics = page.services.topics
    return topics.events, topics.replies, topics.reviews, topics.dead_letters
