"""``stream-service publish``: feedback from the command line, a file or standard input."""

import os
import stat
import sys
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import uuid4

import typer

from stream_service.commands.display.publish_report import PublishReport
from stream_service.commands.process.descriptors import read_chunks
from stream_service.commands.process.failures import CommandFailed
from stream_service.commands.process.running import run
from stream_service.commands.process.stoppable import until_stopped
from stream_service.contracts.events import event_of, event_record
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.files.rows import (
    RefusedRow,
    Row,
    RowFormat,
    RowReader,
    RowsUnreadable,
    format_by_name,
)
from stream_service.settings import Settings
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.publisher import PublishingFailed, RecordPublisher
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of, topics_of, tracing_of

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130

_STANDARD_INPUT = "-"


def publish_feedback(
    settings: Settings,
    *,
    text: str | None,
    file: Path | None,
    row_format: str,
    customer_id: str | None,
    rating: int | None,
    quiet: bool,
) -> int:
    """Publish one text, or the rows of a file or of standard input; returns the exit code.

    ``row_format`` is ``auto``, ``jsonl``, ``csv`` or ``lines``. 0: every row is acknowledged by
    the broker; 1: some are not, and standard error tells which; 130: a signal came first.
    Raises typer.BadParameter for what cannot be meant so, and StreamError and
    CommandFailed.
    """
    if text is not None and file is not None:
        raise typer.BadParameter("give a text or --file, not both")
    if text is not None and text != _STANDARD_INPUT:
        event = _one_event(text, customer_id, rating)
        return _publish_one(settings, event)
    if rating is not None:
        raise typer.BadParameter("--rating is for one text; in a file each row has its own")
    _one_event("any", customer_id, None)
    given_format = None if row_format == "auto" else cast(RowFormat, row_format)
    with _open_source(text, file, given_format) as source:
        return _publish_rows(settings, source, customer_id=customer_id, quiet=quiet)


# One text -----------------------------------------------------------------------------------


def _one_event(text: str, customer_id: str | None, rating: int | None) -> FeedbackEvent:
    try:
        return event_of(
            {
                "event_id": str(uuid4()),
                "text": text,
                "customer_id": customer_id,
                "rating": rating,
            }
        )
    except InvalidRecord as error:
        raise typer.BadParameter(error.message) from None


def _publish_one(settings: Settings, event: FeedbackEvent) -> int:
    async def publish() -> bool:
        await _refuse_missing_topic(settings)
        async with _publisher(settings) as publisher:
            topic = topics_of(settings).events
            await publisher.publish([event_record(topic, event, datetime.now(UTC))])
        return True

    if run(until_stopped(publish())) is None:
        sys.stderr.write("interrupted: the event was not acknowledged\n")
        return EXIT_INTERRUPTED
    sys.stdout.write(f"{event.event_id}\n")
    return 0


# Rows ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    descriptor: int
    size_bytes: int | None
    row_format: RowFormat | None


@contextmanager
def _open_source(
    text: str | None, file: Path | None, row_format: RowFormat | None
) -> Generator[_Source]:
    if file is None:
        is_closed = sys.stdin is None  # pyright: ignore[reportUnnecessaryComparison] - so it is then
        if is_closed or (text is None and sys.stdin.isatty()):
            raise typer.BadParameter(
                "nothing to publish: give a text, --file, or feedback on standard input"
            )
        yield _source(sys.stdin.fileno(), row_format)
        return
    row_format = row_format or format_by_name(file)
    if row_format is None:
        raise typer.BadParameter(f"{file}: its name does not tell the format; give --format")
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from None
    try:
        yield _source(descriptor, row_format)
    finally:
        os.close(descriptor)


def _source(descriptor: int, row_format: RowFormat | None) -> _Source:
    status = os.fstat(descriptor)
    size_bytes = status.st_size if stat.S_ISREG(status.st_mode) else None
    return _Source(descriptor, size_bytes, row_format)


def _publish_rows(
    settings: Settings, source: _Source, *, customer_id: str | None, quiet: bool
) -> int:
    report = PublishReport(
        topics_of(settings).events, total_bytes=source.size_bytes, with_bar=not quiet
    )
    reader = RowReader(source.row_format, customer_id)
    try:
        with report:
            is_whole = run(until_stopped(_RowPublishing(settings, report).publish(source, reader)))
    except (StreamError, CommandFailed):
        # The error itself says nothing of what went well before it.
        if report.acknowledged:
            sys.stdout.write(f"{report.summary()}\n")
        raise
    interrupted = "" if is_whole else f"; {_interrupted(report)}"
    sys.stdout.write(f"{report.summary()}{interrupted}\n")
    if not is_whole:
        return EXIT_INTERRUPTED
    return 0 if report.is_clean else EXIT_FAILED


def _interrupted(report: PublishReport) -> str:
    """Whoever starts the file again from its beginning has customers answered twice."""
    if report.last_line is None:
        return "interrupted"
    return f"interrupted: nothing behind the row in line {report.last_line} was sent"


class _RowPublishing:
    def __init__(self, settings: Settings, report: PublishReport) -> None:
        self._settings = settings
        self._report = report
        self._topic = topics_of(settings).events

    async def publish(self, source: _Source, reader: RowReader) -> bool:
        """Publish what ``reader`` makes of the source; True, as None would mean a signal.

        Raises StreamError, CommandFailed.
        """
        await _refuse_missing_topic(self._settings)
        async with (
            _publisher(self._settings) as publisher,
            aclosing(read_chunks(source.descriptor)) as chunks,
        ):
            try:
                async for chunk in chunks:
                    await self._send(publisher, reader.feed(chunk))
                    self._report.has_read(len(chunk))
                await self._send(publisher, reader.finish())
            except RowsUnreadable as error:
                self._report.refuse(error.line, error.problem)
            except OSError as error:
                raise CommandFailed(f"the rows cannot be read on: {error.strerror}") from error
        return True

    async def _send(self, publisher: RecordPublisher, rows: Iterator[Row | RefusedRow]) -> None:
        for row in rows:
            if isinstance(row, RefusedRow):
                self._report.refuse(row.line, row.problem)
                continue
            try:
                delivery = await publisher.send(
                    event_record(self._topic, row.event, datetime.now(UTC))
                )
            except PublishingFailed:
                self._report.fail(row.line, "publishing stopped here")
                raise
            self._report.follow(row.line, delivery)


async def _refuse_missing_topic(settings: Settings) -> None:
    """Raises MissingTopics, AccessDenied, BrokerUnreachable: a producer would only wait for it."""
    async with TopicAdministration(
        connection_of(settings), start_timeout_s=settings.kafka.start_timeout_s
    ) as administration:
        await administration.partitions([topics_of(settings).events], Operation.WRITE)


@asynccontextmanager
async def _publisher(settings: Settings) -> AsyncGenerator[RecordPublisher]:
    async with AsyncExitStack() as stack:
        tracing, tracer = tracing_of(settings), None
        if tracing is not None:
            # Only here: its import is half a second, and most who publish by hand trace nothing.
            from stream_service.observe.tracing.export import SpanExport
            from stream_service.observe.tracing.sending import PublisherTracer

            export = await stack.enter_async_context(SpanExport(tracing))
            tracer = PublisherTracer(export.tracer)
        yield await stack.enter_async_context(
            RecordPublisher(
                connection_of(settings),
                start_timeout_s=settings.kafka.start_timeout_s,
                tracer=tracer,
            )
        )
