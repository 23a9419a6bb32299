"""A file of feedback: what is published of it, what is told, and that nobody is held up by it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from stream_service.console.publishing import files
from stream_service.console.publishing.files import FileProgress, fingerprint_of, publish_file
from stream_service.console.publishing.idempotency import KeyReused, KeyStore
from stream_service.console.publishing.intake import FeedbackIntake
from stream_service.console.publishing.publisher import KafkaPublisher
from stream_service.console.store import Database
from stream_service.contracts.files.rows import RowFormat
from stream_service.contracts.record import OutputRecord
from tests.support.processor_time import of_this_thread

HELD_UP_S = 0.1
"""The loop's own work from one turn of others to the next. Read in one go, these files take 0.3 s
and more."""


class Acknowledging:
    """Kafka, as far as a file needs it."""

    def __init__(self) -> None:
        self.records: list[OutputRecord] = []

    async def hand_over_all(
        self, records: Sequence[OutputRecord]
    ) -> Sequence[asyncio.Future[None]]:
        self.records += records
        done: list[asyncio.Future[None]] = []
        for _ in records:
            done.append(asyncio.get_running_loop().create_future())
            done[-1].set_result(None)
        return done

    async def settle(self, deliveries: Iterable[Any]) -> None:
        tuple(deliveries)

    async def acknowledged(self, _: Any) -> None:
        return


class Publishing:
    """Somebody who chooses files."""

    def __init__(self, database: Database) -> None:
        self.kafka = Acknowledging()
        self.keys = KeyStore(database)
        self._intake = FeedbackIntake(cast(KafkaPublisher, self.kafka), database, "events")

    async def choose(self, content: bytes, row_format: RowFormat) -> list[FileProgress]:
        return [
            step
            async for step in publish_file(
                self._intake,
                _chunks(content),
                row_format=row_format,
                principal="ann",
                fingerprint=fingerprint_of(content),
            )
        ]


@pytest_asyncio.fixture
async def publishing(tmp_path: Path) -> AsyncGenerator[Publishing]:
    database = await Database.open(f"sqlite:///{tmp_path}/console.db")
    yield Publishing(database)
    await database.close()


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    # As an upload is read.
    for begin in range(0, len(content), 1024 * 1024):
        yield content[begin : begin + 1024 * 1024]


async def test_the_same_bytes_in_another_format_are_other_rows(publishing: Publishing) -> None:
    """They were told to be published, and nothing was."""
    lines = b"".join(b"late parcel number %d,c-%d\n" % (number, number) for number in range(250))
    content = b"text,customer_id\n" + lines
    for row_format, rows in (("lines", 251), ("csv", 250)):
        for new in (rows, 0):
            before = len(publishing.kafka.records)
            told = await publishing.choose(content, cast(RowFormat, row_format))
            assert sum(step.accepted for step in told) == rows
            assert len(publishing.kafka.records) - before == new
    names = [record.key for record in publishing.kafka.records[251:]]
    assert names == [b"c-%d" % number for number in range(250)]


async def test_a_file_that_was_read_otherwise_before_is_told(publishing: Publishing) -> None:
    """As by another version of the console, within the day that keys are kept."""
    content = b'{"text":"good"}\n'
    key = f"file:jsonl:{fingerprint_of(content)}:1"
    await publishing.keys.claim(principal="ann", key=key, body=b"other rows")
    with pytest.raises(KeyReused):
        await publishing.choose(content, "jsonl")
    assert publishing.kafka.records == []


@pytest.mark.parametrize(
    "content",
    [
        b"".join(b'    "field_%d": "a value",\n' % number for number in range(40_000)),
        b"x\n" * 40_000,
        b"\n" * 1_000_000,
    ],
    ids=["pretty JSON", "letters", "nothing"],
)
async def test_a_file_without_good_rows_holds_nobody_up(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(files, "MOST_BAD_ROWS", 100_000)
    worst_s = 0.0

    async def others() -> None:
        nonlocal worst_s
        while True:
            began_s = time.thread_time()
            await asyncio.sleep(0)
            worst_s = max(worst_s, time.thread_time() - began_s)

    with of_this_thread():
        watching = asyncio.create_task(others())
        told = await publishing.choose(content, "jsonl")
        watching.cancel()
    assert worst_s < HELD_UP_S
    assert sum(step.refused for step in told) == (40_000 if content.strip() else 0)
    assert [step.read_bytes for step in told][-1] == len(content)


async def test_so_many_bad_rows_end_it_and_the_first_hundred_are_told(
    publishing: Publishing,
) -> None:
    good = b'{"text":"good"}\n'
    told = await publishing.choose(good + b"x\n" * 5_000_000 + good, "jsonl")
    assert [step.is_given_up for step in told] == [False] * (len(told) - 1) + [True]
    assert sum(step.refused for step in told) == files.MOST_BAD_ROWS
    bad = [row for step in told for row in step.bad]
    assert [row.line for row in bad] == [*range(2, 102)]
    # What stood before them is published, and told.
    assert sum(step.accepted for step in told) == len(publishing.kafka.records) == 1
