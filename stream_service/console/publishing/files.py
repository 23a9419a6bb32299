"""A file of feedback, published in batches, with the fate of each line."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from stream_service.console.errors import KafkaAway
from stream_service.console.publishing.intake import FeedbackIntake
from stream_service.contracts.codec import encode
from stream_service.contracts.files.rows import (
    RefusedRow,
    Row,
    RowFormat,
    RowReader,
    RowsUnreadable,
)

_BATCH_ROWS = 200
"""Acknowledged together: some hundredths of a second, so that progress is seen to move."""

_BYTES_A_TURN = 4_096
"""Of a file that are cut into lines before others get their turn: some milliseconds, though every
line be a letter or nothing at all."""

_ROWS_A_TURN = 50
"""Rows that are checked before others get their turn: some milliseconds."""

MOST_BAD_ROWS = 10_000
"""Nobody mends so many by hand: the file is of another kind than its name says. To go on would tell
the same of each line for minutes."""

_KEPT_BAD_ROWS = 100
"""Bad rows of a file that are told one by one: as many as somebody mends by hand."""


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
    refused: int
    bad: Sequence[BadRow]
    """Of those that were refused: the first hundred of the file."""
    read_bytes: int
    """Of the whole file, up to here."""
    is_given_up: bool = False
    """Whether the rest of the file is not read: ``MOST_BAD_ROWS`` were bad."""


async def publish_file(
    intake: FeedbackIntake,
    chunks: AsyncIterator[bytes],
    *,
    row_format: RowFormat,
    principal: str,
    fingerprint: str,
) -> AsyncGenerator[FileProgress]:
    """Publish the rows of a file; goes on when it is asked for the next progress.

    ``fingerprint`` names the file's content: the same file in the same format is the same requests,
    of which nothing is published twice within the time that idempotency keys are kept. Raises
    KafkaAway where a batch was not acknowledged, KeyReused where one was read otherwise before (by
    another version of the console), DatabaseUnavailable.
    """
    reader, found, number = RowReader(row_format), _Found(), 0

    async def publish() -> FileProgress:
        nonlocal number
        number += 1
        # The same bytes are other rows in another format, and other requests.
        key = f"file:{row_format}:{fingerprint}:{number}"
        await found.publish(intake, principal=principal, key=key)
        return found.progress()

    try:
        async for chunk in chunks:
            for begin in range(0, len(chunk), _BYTES_A_TURN):
                await asyncio.sleep(0)
                part = chunk[begin : begin + _BYTES_A_TURN]
                for row in reader.feed(part):
                    found.take(row)
                    if len(found.rows) >= _BATCH_ROWS:
                        yield await publish()
                    elif found.is_a_turn:
                        await asyncio.sleep(0)
                    if found.is_hopeless:
                        yield await publish()
                        return
                found.read_bytes += len(part)
            # Though nothing be published: whoever waits sees that it goes on, and may stop it.
            yield found.progress()
        for row in reader.finish():
            found.take(row)
    except RowsUnreadable as error:
        found.refuse(BadRow(error.line, error.fault, None, error.problem))
    yield await publish()


def fingerprint_of(content: bytes) -> str:
    """The name of a file's content."""
    return hashlib.sha256(content).hexdigest()


class _Found:
    """What was found in a file, and not told yet."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        """To be published."""
        self.read_bytes = 0
        self._digest = hashlib.sha256()
        self._accepted = self._refused = 0
        self._bad: list[BadRow] = []
        self._taken = self._all_refused = self._all_kept = 0

    @property
    def is_a_turn(self) -> bool:
        """Whether others are to get their turn."""
        return self._taken % _ROWS_A_TURN == 0

    @property
    def is_hopeless(self) -> bool:
        """Whether the rest is not worth to be read."""
        return self._all_refused >= MOST_BAD_ROWS

    def take(self, row: Row | RefusedRow) -> None:
        """Take the next row."""
        self._taken += 1
        if isinstance(row, RefusedRow):
            self.refuse(BadRow(row.line, row.fault, row.field, row.problem))
            return
        self.rows.append(row)
        self._digest.update(encode(row.event))

    def refuse(self, row: BadRow) -> None:
        """Count a bad row, and keep it while there are few."""
        self._refused += 1
        self._all_refused += 1
        if self._all_kept < _KEPT_BAD_ROWS:
            self._all_kept += 1
            self._bad.append(row)

    async def publish(self, intake: FeedbackIntake, *, principal: str, key: str) -> None:
        """Publish the rows. Raises KafkaAway, KeyReused, DatabaseUnavailable."""
        if not self.rows:
            return
        fates = await intake.accept_batch(
            [row.event.model_dump(mode="json", exclude_none=True) for row in self.rows],
            principal=principal,
            key=key,
            body=self._digest.digest(),
        )
        for fate in fates:
            if fate.status == "failed":
                raise KafkaAway(fate.detail or "not acknowledged", 2.0)
        for fate in fates:
            if fate.status == "refused":
                line = self.rows[fate.row - 1].line
                self.refuse(BadRow(line, fate.fault or "", fate.field, fate.detail or ""))
            else:
                self._accepted += 1
        self.rows.clear()
        self._digest = hashlib.sha256()

    def progress(self) -> FileProgress:
        """What is to be told; it is told once."""
        progress = FileProgress(
            self._accepted, self._refused, self._bad, self.read_bytes, self.is_hopeless
        )
        self._accepted = self._refused = 0
        self._bad = []
        return progress
