"""The form for one piece of feedback, and what becomes of it."""

from dataclasses import asdict
from typing import Any, cast

import orjson
from nicegui import ui
from nicegui.events import GenericEventArguments

from stream_service.console.access.roles import Permission, Principal
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.pages.appearance import ASSETS
from stream_service.console.pages.elements import Tag, set_attributes
from stream_service.console.pages.page import ConsolePage
from stream_service.console.queries.feedback import FeedbackStatus, feedback_status
from stream_service.contracts.faults import InvalidRecord

_FIELDS = ("text", "customer_id", "channel", "product", "language", "rating")

_LOOK_S = 1.0
_LOOKS = 120
"""Two minutes; then the live view and the API are the places to ask."""

_LOOKS_OF = {"replied": "good", "in_review": "warn", "dead_letter": "bad"}


class FeedbackForm(ui.element, component=ASSETS / "feedback_form.js"):
    """The form, in the browser."""

    def __init__(self, page: ConsolePage) -> None:
        super().__init__()
        texts = page.texts.publish
        props: dict[str, Any] = self.props
        props["texts"] = asdict(texts)
        props["errors"] = {}
        set_attributes(self, busy=False)

    def show(self, *, errors: dict[str, str] | None = None, busy: bool = False) -> None:
        """What is wrong, by field, and whether it is on its way."""
        props: dict[str, Any] = self.props
        props["errors"] = errors or {}
        set_attributes(self, busy=busy)

    def clear_text(self) -> None:
        """Make room for the next one."""
        self.run_method("clear")


def publish_one_panel(page: ConsolePage) -> None:
    """The part of the page."""
    with Tag("section", classes="panel"):
        Tag("h2", page.texts.publish.one)
        form = FeedbackForm(page)
        fate = _Fate(page)

    async def publish(event: GenericEventArguments) -> None:
        data = _given(event.args)
        form.show(busy=True)
        errors: dict[str, str] = {}

        async def work(principal: Principal) -> None:
            try:
                accepted = await page.services.intake.accept(data, principal=principal.name)
            except InvalidRecord as error:
                if error.field not in _FIELDS:
                    raise
                errors[error.field] = f"{page.texts.word(error.fault)}. {error.message}"
                return
            fate.follow(accepted.event_id)
            form.clear_text()

        await page.act(Permission.PUBLISH, work)
        form.show(errors=errors)

    form.on("publish", publish)


def _given(args: object) -> dict[str, Any]:
    """What was filled in; a browser may send anything."""
    values = cast(dict[str, Any], args) if isinstance(args, dict) else {}
    return {name: values[name] for name in _FIELDS if values.get(name) not in (None, "")}


class _Fate:
    """What becomes of the event that was published last."""

    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        texts = page.texts.publish
        with Tag("div", classes="fate", aria_live="polite") as self._place:
            self._told = Tag("p", texts.published, classes="state good")
            with Tag("dl", classes="facts"):
                Tag("dt", texts.event_id)
                self._event_id = Tag("dd")
                Tag("dt", texts.status)
                with Tag("dd"):
                    self._status = Tag("span", classes="chip")
            self._reply_label = Tag("p", texts.reply, classes="muted small")
            self._reply = Tag("p", classes="said answer")
        self._place.set_visibility(False)
        self._timer = ui.timer(_LOOK_S, self._look, active=False)
        self._left = 0

    def follow(self, event_id: str) -> None:
        """Follow another event, until its fate is known."""
        self._event_id.text = event_id
        self._show(None)
        self._place.set_visibility(True)
        self._left = _LOOKS
        self._timer.activate()

    async def _look(self) -> None:
        self._left -= 1
        try:
            async with self._page.services.database.reading() as connection:
                found = await feedback_status(connection, self._event_id.text)
        except DatabaseUnavailable:
            return
        self._show(found)
        if self._left <= 0 or (found is not None and found.status != "received"):
            self._timer.deactivate()

    def _show(self, found: FeedbackStatus | None) -> None:
        status = "received" if found is None else found.status
        self._status.text = self._page.texts.word(status)
        self._status.classes(replace=f"chip {_LOOKS_OF.get(status, '')}")
        reply = None if found is None or found.reply is None else orjson.loads(found.reply)["text"]
        self._reply.text = reply or ""
        self._reply.set_visibility(reply is not None)
        self._reply_label.set_visibility(reply is not None)
