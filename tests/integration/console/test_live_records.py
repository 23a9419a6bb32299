"""The records that come one by one: each console hears of all, and of a topic made anew as well."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from stream_service.console.projection import projection
from stream_service.console.projection.batch import (
    advance,
    rows_of,
    store,
    stored_positions,
)
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.store import Database, minute_totals
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from stream_service.streaming.errors import StreamError
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.batch_reader import RecordBatch
from tests.support.cluster import Cluster
from tests.support.console import (
    as_read,
    projecting,
    records_of_every_kind,
)
from tests.support.waiting import until

TOPICS = Topics()

NOWHERE = Cluster("127.0.0.1:1", TOPICS)
"""For projections that read from a log in memory."""


class Log:
    """The events topic, in memory: who reads it is handed each record at the moment it comes."""

    def __init__(self) -> None:
        self.records: list[InputRecord] = []
        self.added = 0
        """In all its lives: no two records have one time."""
        self.opened: list[int] = []
        """From which offset each reader was begun."""
        self.interruption: asyncio.Event | None = None
        """Who would read waits for it, and meets a failure of Kafka's then."""

    def make_anew(self) -> None:
        self.records.clear()

    def add(self, number: int) -> None:
        [record] = as_read(records_of_every_kind(TOPICS)[:1])
        self.added += 1
        at_ms = record.timestamp_ms + self.added
        self.records.append(replace(record, offset=len(self.records), timestamp_ms=at_ms))
        assert self.records[-1].offset == number

    async def bounds(self, *_: object) -> tuple[int, int]:
        return 0, len(self.records)

    @asynccontextmanager
    async def read(
        self, *_: object, begin: Mapping[Partition, int], max_records: int, **__: object
    ) -> AsyncGenerator[AsyncGenerator[RecordBatch]]:
        position = begin.get(Partition(TOPICS.events, 0), 0)
        self.opened.append(position)
        if position > len(self.records):
            # As the client does it where an offset is not in the log.
            position = 0

        async def batches() -> AsyncGenerator[RecordBatch]:
            nonlocal position
            while True:
                if self.interruption is not None:
                    await self.interruption.wait()
                    self.interruption = None
                    raise StreamError("away")
                if position > len(self.records):
                    position = 0
                found = self.records[position : position + max_records]
                position += len(found)
                yield RecordBatch(found, len(self.records) - position)
                await asyncio.sleep(0)

        yield batches()


async def test_two_consoles_of_one_database_both_show_live_what_comes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that found a batch stored already began anew behind it, and showed none of it."""
    log = Log()
    monkeypatch.setattr(projection, "read_batches", log.read)
    heard: tuple[list[int], list[int]] = ([], [])

    def listener(one: list[int]) -> projection.Listener:
        return lambda records: one.extend(record.offset for record in records)

    async with (
        projecting(database, NOWHERE, listeners=[listener(heard[0])]) as first,
        projecting(database, NOWHERE, listeners=[listener(heard[1])]) as second,
    ):
        # Or one would begin behind what the other has stored already.
        await until(lambda: log.opened == [0, 0], "both readers")
        for number in range(30):
            log.add(number)
            await until(lambda: {len(one) for one in heard} == {len(log.records)}, "the record")
        await until(lambda: first.behind == second.behind == 0, "nothing behind")
    assert heard == ([*range(30)], [*range(30)])
    assert log.opened == [0, 0]
    assert await _total(database, "received") == 30


async def test_what_another_console_stored_during_an_interruption_is_shown_live_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    monkeypatch.setattr(projection, "read_batches", log.read)
    monkeypatch.setattr(projection, "_RETRY_S", (0.01, 0.01))
    heard: list[int] = []
    async with projecting(
        database,
        NOWHERE,
        listeners=[lambda records: heard.extend(record.offset for record in records)],
    ):
        await until(lambda: log.opened == [0], "the reader")
        log.add(0)
        await until(lambda: heard == [0], "the first record")
        # As another console does it; this one has not read so far when Kafka goes away.
        log.interruption = asyncio.Event()
        log.add(1)
        await _store(database, log.records[1:])
        log.interruption.set()
        await until(lambda: heard == [0, 1], "what another has stored")
    assert log.opened == [0, 1]
    assert await _total(database, "received") == 2


async def test_what_listeners_have_missed_is_not_all_read_again_for_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They leave out what is older than a minute: of an hour's gap nearly all was read in vain."""
    log = Log()
    monkeypatch.setattr(projection, "read_batches", log.read)
    monkeypatch.setattr(projection, "_RETRY_S", (0.01, 0.01))
    monkeypatch.setattr(projection, "_TOLD_WITHIN_RECORDS", 2, raising=False)
    heard: list[int] = []
    async with projecting(
        database,
        NOWHERE,
        listeners=[lambda records: heard.extend(record.offset for record in records)],
    ):
        await until(lambda: log.opened == [0], "the reader")
        log.add(0)
        await until(lambda: heard == [0], "the first record")
        log.interruption = asyncio.Event()
        for number in range(1, 4):
            log.add(number)
        await _store(database, log.records[1:])
        log.interruption.set()
        await until(lambda: len(log.opened) == 2, "the reader once more")
        log.add(4)
        await until(lambda: heard[-1] == 4, "what comes then")
    assert log.opened == [0, 4]
    assert heard == [0, 4]


@pytest.mark.parametrize("while_it_runs", [True, False])
async def test_a_topic_that_was_made_anew_is_read_from_its_start(
    database: Database, monkeypatch: pytest.MonkeyPatch, while_it_runs: bool
) -> None:
    """Its offsets are lower than what is stored, and none of them is another console's work."""
    log = Log()
    monkeypatch.setattr(projection, "read_batches", log.read)
    monkeypatch.setattr(projection, "log_bounds", log.bounds)
    monkeypatch.setattr(projection, "_RETRY_S", (0.01, 0.01))

    async def is_counted(number: int) -> bool:
        return await _total(database, "received") == number

    async with projecting(database, NOWHERE):
        for number in range(5):
            log.add(number)
        await until(lambda: is_counted(5), "the first five")
        if while_it_runs:
            log.make_anew()
            for number in range(4):
                log.add(number)
            await until(lambda: is_counted(9), "the first of the new ones")
    log.make_anew()
    log.opened.clear()
    async with projecting(database, NOWHERE), projecting(database, NOWHERE):
        # Or one would find a log that goes on from where it had read.
        await until(lambda: len(log.opened) == 2, "both readers")
        before = await _total(database, "received")
        for number in range(2):
            log.add(number)
        await until(lambda: is_counted(before + 2), "the new ones")
        log.add(2)
        await until(lambda: is_counted(before + 3), "another")


async def _store(database: Database, records: list[InputRecord]) -> None:
    rows, unreadable = rows_of(records, readers_of(TOPICS))
    assert not unreadable
    first = {record.topic: record.offset for record in reversed(records)}
    async with database.writing() as connection:
        before = {
            place: first[place.topic]
            for place in await stored_positions(connection)
            if place.topic in first
        }
        await advance(connection, before, records)
        await store(connection, rows)


async def _total(database: Database, outcome: str) -> int:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(minute_totals.c.count).where(minute_totals.c.outcome == outcome)
        )
        return sum(count for (count,) in rows)
