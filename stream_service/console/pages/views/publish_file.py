"""A file of feedback: progress, and the reason of each row that was not published."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePath

from nicegui import ui
from nicegui.elements.upload_files import FileUpload
from nicegui.events import GenericEventArguments, UploadEventArguments

from stream_service.console.access.roles import Permission, Principal
from stream_service.console.errors import KafkaAway
from stream_service.console.pages.access.door import UPLOAD_MAX_BYTES
from stream_service.console.pages.appearance import ASSETS
from stream_service.console.pages.elements import Tag, set_attributes
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.texts.catalogue import Texts
from stream_service.console.publishing.files import (
    MOST_BAD_ROWS,
    BadRow,
    FileProgress,
    fingerprint_of,
    publish_file,
)
from stream_service.console.publishing.idempotency import KeyReused
from stream_service.contracts.files.rows import format_by_name

_KINDS = ".csv,.jsonl,.ndjson,.txt"

_SIZE = f"{UPLOAD_MAX_BYTES // 1024 // 1024} MiB"


class FileChoice(ui.upload, component=ASSETS / "file_choice.js"):
    """A file field that sends what is chosen."""


def publish_file_panel(page: ConsolePage) -> None:
    """The part of the page."""
    texts = page.texts.publish
    with Tag("section", classes="panel"):
        Tag("h2", texts.file)
        Tag("p", texts.file_lead, classes="muted")
        Tag("p", texts.file_again, classes="muted")
        choice = FileChoice(label=texts.choose, max_file_size=UPLOAD_MAX_BYTES, auto_upload=True)
        set_attributes(choice, accept=_KINDS)
        run = _Run(page, choice)
    choice.on_upload(run.take)

    def refused(event: GenericEventArguments) -> None:
        reasons = {"size": texts.too_large.format(size=_SIZE), "kind": texts.wrong_kind}
        page.tell(reasons.get(str(event.args), page.texts.frame.failed))

    choice.on("refused", refused)


class _Run:
    """One file after the other."""

    def __init__(self, page: ConsolePage, choice: FileChoice) -> None:
        self._page = page
        self._choice = choice
        self._client = ui.context.client
        self._is_stopped = False
        texts = page.texts.publish
        with Tag("div", classes="form") as self._place:
            self._bar = Tag("progress", max=100, aria_label=texts.progress)
            self._told = Tag("p", role="status")
            self._stop = Tag("button", texts.stop, classes="button", type="button")
            self._stop.on("click", self._ask_to_stop)
        self._bad = Tag("div", classes="form")
        self._place.set_visibility(False)

    def _ask_to_stop(self) -> None:
        self._is_stopped = True

    async def take(self, event: UploadEventArguments) -> None:
        """Publish what was chosen."""
        self._is_stopped = False
        set_attributes(self._choice, disable=True)
        self._place.set_visibility(True)
        self._stop.set_visibility(True)
        self._bad.clear()
        set_attributes(self._bar, value=0)
        self._told.text = self._page.texts.publish.publishing
        try:
            await self._page.act(
                Permission.PUBLISH, lambda principal: self._publish(event.file, principal)
            )
        finally:
            set_attributes(self._choice, disable=False)
            self._stop.set_visibility(False)

    async def _publish(self, file: FileUpload, principal: Principal) -> None:
        texts, written = self._page.texts.publish, self._page.formatter
        row_format = format_by_name(PurePath(file.name))
        if row_format is None:
            self._told.text = texts.wrong_kind
            return
        content = await file.read()
        accepted, refused, bad, is_given_up = 0, 0, list[BadRow](), False
        progress = publish_file(
            self._page.services.intake,
            file.iterate(),
            row_format=row_format,
            principal=principal.name,
            # In a thread: of 16 MiB it takes longer than others should wait.
            fingerprint=await asyncio.to_thread(fingerprint_of, content),
        )
        try:
            async for step in progress:
                accepted += step.accepted
                refused += step.refused
                bad += step.bad
                is_given_up = step.is_given_up
                self._show(step, len(content), accepted)
                # Whoever closed the tab has not asked for more; and who was shut out may no more.
                if self._is_stopped or self._client.is_deleted:
                    self._told.text = texts.stopped
                    return
                await self._page.visitor.permitted(Permission.PUBLISH)
        except KafkaAway:
            self._told.text = texts.stopped_by_kafka
            return
        except KeyReused:
            self._told.text = texts.read_otherwise
            return
        finally:
            await progress.aclose()
            self._show_bad(bad, refused)
        if is_given_up:
            self._told.text = texts.given_up.format(
                accepted=written.number(accepted), most=written.number(MOST_BAD_ROWS)
            )
            return
        set_attributes(self._bar, value=100)
        self._told.text = (
            texts.done.format(accepted=written.number(accepted), refused=written.number(refused))
            if accepted or refused
            else texts.no_rows
        )

    def _show(self, step: FileProgress, size: int, accepted: int) -> None:
        set_attributes(self._bar, value=round(100 * step.read_bytes / max(1, size)))
        done = self._page.formatter.number(accepted)
        self._told.text = self._page.texts.publish.read.format(done=done)

    def _show_bad(self, bad: Sequence[BadRow], refused: int) -> None:
        if not bad or self._client.is_deleted:
            return
        texts = self._page.texts.publish
        with self._bad:
            Tag("h3", texts.bad_rows)
            with Tag("div", classes="scroll", tabindex=0, role="region") as region:
                _bad_table(self._page.texts, bad)
            set_attributes(region, aria_label=texts.bad_rows)
            if refused > len(bad):
                more = self._page.formatter.number(refused - len(bad))
                Tag("p", texts.more_bad_rows.format(count=more), classes="muted")


def _bad_table(texts: Texts, bad: Sequence[BadRow]) -> None:
    heads = texts.publish
    with Tag("table", classes="grid"):
        with Tag("thead"), Tag("tr"):
            for head in (heads.line, heads.field, heads.reason):
                Tag("th", head, scope="col")
        with Tag("tbody"):
            for row in bad:
                with Tag("tr"):
                    Tag("td", str(row.line), classes="number")
                    Tag("td", row.field or "–")
                    with Tag("td"):
                        Tag("strong", texts.word(row.fault))
                        # The field has a column of its own.
                        Tag("div", row.reason.removeprefix(f"{row.field}: "), lang="en")
