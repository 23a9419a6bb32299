"""The review queue, worked on with the keyboard."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from nicegui import ui
from nicegui.events import GenericEventArguments

from stream_service.console.access.roles import Permission, Principal
from stream_service.console.decisions.deciding import (
    AlreadyDecided,
    DecisionRefused,
    Recorded,
    decide,
)
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.pages.appearance import ASSETS
from stream_service.console.pages.arguments import as_name, given_fields, given_text
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.review_documents import (
    ReviewDetail,
    ReviewSummary,
    detail_of,
    summary_of,
)
from stream_service.console.queries.reviews import (
    DecisionOnItem,
    ReviewFilter,
    decisions_on,
    review_by_event,
    review_count,
    review_page,
)
from stream_service.contracts.analysis import Category
from stream_service.contracts.review import Priority, ReviewReason

_REFRESH_S = 2.0
"""Of the queue and of the item that is looked at: what another reviewer decides is seen soon."""

_FATE_REFRESH_S = 0.5
"""Of decisions that the engine has not answered yet; nothing is asked while there are none."""

_ITEMS = 50
"""More are shown when somebody asks for them."""

_MOST_ITEMS = 500

_MOST_COUNTED = 1_000
"""Counting on would cost more than it tells."""

_LANGUAGES = ("en", "zh")

_SETTLED = frozenset({"applied", "superseded", "refused"})


class ReviewDesk(ui.element, component=ASSETS / "review_desk.js"):
    """The queue and one item of it, in the browser."""

    def __init__(self, page: ConsolePage) -> None:
        super().__init__()
        texts = page.texts.reviews
        given: dict[str, Any] = {
            "texts": asdict(texts),
            "words": dict(page.texts.words),
            "language": page.language.value,
            "filters": [
                _choice("status", texts.filter_status, ("open", "deciding", "decided"), "open"),
                _choice("priority", texts.filter_priority, reversed(Priority)),
                _choice("reason", texts.filter_reason, ReviewReason),
                _choice("category", texts.filter_category, Category),
                _choice("language", texts.filter_language, _LANGUAGES),
            ],
            "mayDecide": page.visitor.may(Permission.DECIDE),
        }
        props: dict[str, Any] = self.props
        props.update(given)

    def queue(self, items: Sequence[ReviewSummary], total: str, *, has_more: bool) -> None:
        """Show the queue."""
        self.run_method("queue", [asdict(item) for item in items], total, has_more)

    def opened(self, item: ReviewDetail) -> None:
        """Show an item."""
        self.run_method("opened", asdict(item))


def _choice(name: str, label: str, values: Any, first: str = "") -> dict[str, Any]:
    return {"name": name, "label": label, "values": [str(one) for one in values], "first": first}


@dataclass
class _State:
    """Of one tab."""

    wanted: ReviewFilter = field(default_factory=ReviewFilter)
    limit: int = _ITEMS
    opened: str | None = None
    shown_queue: object = None
    shown_item: object = None
    waiting: dict[str, str] = field(default_factory=dict[str, str])
    """Events of decisions that the engine has not answered, by the decision's id."""
    ids: dict[tuple[str, str, str | None], str] = field(
        default_factory=dict[tuple[str, str, str | None], str]
    )
    """A decision that is sent again after a failure is the same decision, until its fate is known:
    one that was refused is made anew."""

    def forget(self, decision_id: str) -> None:
        """Its fate is known."""
        self.waiting.pop(decision_id, None)
        self.ids = {what: known for what, known in self.ids.items() if known != decision_id}


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    Tag("h1", page.texts.reviews.title)
    Tag("p", page.texts.reviews.lead, classes="lead")
    await _Reviews(page, ReviewDesk(page)).begin()


class _Reviews:
    def __init__(self, page: ConsolePage, desk: ReviewDesk) -> None:
        self._page = page
        self._desk = desk
        self._state = _State()
        self._reading = asyncio.Lock()

    async def begin(self) -> None:
        self._desk.on("open", self._open)
        self._desk.on("more", self._more)
        self._desk.on("filter", self._filter)
        self._desk.on("decide", self._decide)
        await self._page.every(_REFRESH_S, self._load, lambda _: None)
        ui.timer(_FATE_REFRESH_S, self._ask_for_fates, immediate=False)

    async def _load(self) -> None:
        """Read the queue and the opened item. Raises DatabaseUnavailable."""
        async with self._reading:
            state = self._state
            async with self._page.services.database.reading() as connection:
                found = await review_page(connection, state.wanted, limit=state.limit)
                total = await review_count(connection, state.wanted, most=_MOST_COUNTED)
            queue = [summary_of(item) for item in found.items], total, found.next_cursor is not None
            if queue != state.shown_queue:
                state.shown_queue = queue
                items, _, has_more = queue
                count = f"{_MOST_COUNTED:,}+" if total > _MOST_COUNTED else str(total)
                self._desk.queue(items, count, has_more=has_more and state.limit < _MOST_ITEMS)
            await self._load_opened()

    async def _load_opened(self) -> None:
        state, event_id = self._state, self._state.opened
        if event_id is None:
            return
        async with self._page.services.database.reading() as connection:
            item = await review_by_event(connection, event_id)
            decisions = [] if item is None else await decisions_on(connection, event_id)
        if item is None:
            self._page.tell(self._page.texts.reviews.gone)
            state.opened = None
            return
        detail = detail_of(item, decisions, self._page.texts)
        if detail != state.shown_item and state.opened == event_id:
            state.shown_item = detail
            self._desk.opened(detail)

    async def _again(self) -> None:
        try:
            await self._load()
        except DatabaseUnavailable:
            self._page.notices.show("database", self._page.texts.frame.database_away)

    async def _open(self, event: GenericEventArguments) -> None:
        self._state.opened = given_text(event)
        self._state.shown_item = None
        await self._again()

    async def _more(self) -> None:
        self._state.limit = min(_MOST_ITEMS, self._state.limit + _ITEMS)
        await self._again()

    async def _filter(self, event: GenericEventArguments) -> None:
        chosen = given_fields(event)
        allowed: dict[str, Any] = {
            "priority": frozenset(Priority),
            "reason": frozenset(ReviewReason),
            "category": frozenset(Category),
            "status": frozenset({"open", "deciding", "decided"}),
            "language": frozenset(_LANGUAGES),
        }
        given = {
            name: chosen.get(name) or None
            for name in ("status", "priority", "reason", "category", "language")
        }
        # Of a browser anything may come; an unknown word filters nothing.
        for name, known in allowed.items():
            if given[name] not in known:
                given[name] = None
        self._state.wanted = ReviewFilter(**given)
        self._state.limit, self._state.opened = _ITEMS, None
        self._state.shown_queue = self._state.shown_item = None
        await self._again()

    async def _decide(self, event: GenericEventArguments) -> None:
        given = given_fields(event)
        event_id, kind = as_name(given.get("event_id") or ""), given.get("type") or ""
        text = given.get("text")
        decision_id = self._state.ids.setdefault((event_id, kind, text), str(uuid4()))
        is_done = False

        async def record(principal: Principal) -> None:
            nonlocal is_done
            is_done = await self._record(principal, event_id, kind, text, decision_id)

        await self._page.act(Permission.DECIDE, record)
        if not is_done:
            self._desk.run_method("undecided")
        await self._again()

    async def _record(
        self, principal: Principal, event_id: str, kind: str, text: str | None, decision_id: str
    ) -> bool:
        """Write the decision down; False where it does not count, which is told."""
        services, texts = self._page.services, self._page.texts
        try:
            recorded: Recorded = await decide(
                services.database,
                services.topics.review_decisions,
                principal,
                event_id=event_id,
                kind=kind,
                text=text,
                decision_id=decision_id,
            )
        except AlreadyDecided as error:
            by = error.applied["reviewer"] or texts.reviews.somebody
            told = texts.reviews.already.format(type=texts.word(error.applied["type"]), by=by)
            self._page.tell(told)
            return False
        except DecisionRefused:
            # In the moment before the page has heard of it.
            self._state.forget(decision_id)
            self._page.tell(texts.reviews.refused)
            return False
        services.relay.wake()
        self._state.waiting[recorded.decision_id] = event_id
        async with services.database.reading() as connection:
            item = await review_by_event(connection, event_id)
        self._desk.run_method(
            "decided",
            {
                "decision_id": recorded.decision_id,
                "event_id": event_id,
                "type": kind,
                "outcome": "recorded",
                "told": "",
                "snippet": "" if item is None else summary_of(item).snippet,
            },
        )
        return True

    async def _ask_for_fates(self) -> None:
        for decision_id, event_id in tuple(self._state.waiting.items()):
            try:
                async with self._page.services.database.reading() as connection:
                    decisions = await decisions_on(connection, event_id)
            except DatabaseUnavailable:
                return
            mine = [one for one in decisions if one.decision_id == decision_id]
            if not mine:
                continue
            if mine[0].outcome in _SETTLED:
                self._state.forget(decision_id)
            told = self._told(mine[0], decisions)
            self._desk.run_method("told", decision_id, mine[0].outcome, told)
            if told:
                self._page.tell(told)

    def _told(self, mine: DecisionOnItem, decisions: Sequence[DecisionOnItem]) -> str:
        """What to say of a decision that does not count; nothing of one that does."""
        texts = self._page.texts
        if mine.outcome == "refused":
            return texts.reviews.refused
        if mine.outcome != "superseded":
            return ""
        first = next((one for one in decisions if one.outcome == "applied"), None)
        return texts.reviews.superseded.format(
            type=texts.word(first.type) if first else "–",
            by=(first.reviewer if first else None) or texts.reviews.somebody,
        )
