"""A file of feedback, published in batches, with the fate of each line."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from stream_service.console.errors import KafkaAway
from stream_service.console.publishing.intake import FeedbackIntake
from stream_service.contracts.files.rows import (
    RefusedRow,
    Row,
    RowFormat,
    RowReader,
    RowsUnreadable,
)

_BATCH_ROWS = 200
"""Acknowledged together: some hundredths of a second, so that progress is seen to move."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that was not published."""

    line: int
    fault: str
    """The fixed name of what is wrong (Fault, RowFault)."""
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FileProgress:
    """What became of the rows since the last time."""

    accepted: int
    bad: Sequence[BadRow]
    read_bytes: int
    """Of the whole file, up to here."""


async def publish_file(
    intake: FeedbackIntake,
    chunks: AsyncIterator[bytes],
    *,
    row_format: RowFormat,
    principal: str,
    fingerprint: str,
) -> AsyncGenerator[FileProgress]:
    """Publish the rows of a file; goes on when it is asked for the next progress.

    ``fingerprint`` names the file's content: the same file is the same requests, of which nothing
    is published twice within the time that idempotency keys are kept. Raises KafkaAway where a
    batch was not acknowledged, DatabaseUnavailable.
    """
    reader, rows, bad, read_bytes, number = RowReader(row_format), list[Row](), list[BadRow](), 0, 0

    async def publish() -> FileProgress:
        nonlocal number
        number += 1
        key = f"file:{fingerprint}:{number}"
        accepted, refused = await _publish(intake, rows, principal=principal, key=key)
        progress = FileProgress(accepted, [*bad, *refused], read_bytes)
        rows.clear()
        bad.clear()
        return progress

    def take(found: Row | RefusedRow) -> None:
        if isinstance(found, Row):
            rows.append(found)
        else:
            bad.append(BadRow(found.line, found.fault, found.field, found.problem))

    try:
        async for chunk in chunks:
            for found in reader.feed(chunk):
                take(found)
                if len(rows) >= _BATCH_ROWS:
                    yield await publish()
            read_bytes += len(chunk)
        for found in reader.finish():
            take(found)
    except RowsUnreadable as error:
        bad.append(BadRow(error.line, error.fault, None, error.problem))
    yield await publish()


def fingerprint_of(content: bytes) -> str:
    """The name of a file's content."""
    return hashlib.sha256(content).hexdigest()


async def _publish(
    intake: FeedbackIntake, rows: Sequence[Row], *, principal: str, key: str
) -> tuple[int, list[BadRow]]:
    if not rows:
        return 0, []
    fates = await intake.accept_batch(
        [row.event.model_dump(mode="json", exclude_none=True) for row in rows],
        principal=principal,
        key=key,
        body=key.encode(),
    )
    for fate in fates:
        if fate.status == "failed":
            raise KafkaAway(fate.detail or "not acknowledged", 2.0)
    bad = [
        BadRow(rows[fate.row - 1].line, fate.fault or "", fate.field, fate.detail or "")
        for fate in fates
        if fate.status == "refused"
    ]
    return len(rows) - len(bad), bad
