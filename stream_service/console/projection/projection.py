"""The projection: reads the topics for ever and keeps the tables up to date."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Never

from sqlalchemy.exc import SQLAlchemyError

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.projection.batch import (
    MovedByAnother,
    Positions,
    advance,
    rows_of,
    store,
    stored_positions,
)
from stream_service.console.projection.changed_logs import go_back, log_bounds, take_again
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.store import Database
from stream_service.console.store.engine import failure, is_of_the_data
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from stream_service.observe.logs import logger
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.batch_reader import read_batches

_BATCH_RECORDS = 500
"""Stored within some hundredths of a second, so that writers of acts wait no longer."""

_RETRY_S = (0.5, 10.0)
"""The first and the longest pause after a failure."""

_TOLD_WITHIN_RECORDS = 2 * _BATCH_RECORDS
"""What listeners have missed, and may still be glad to hear. Whoever has missed more would read it
all again for them, and they leave out what is older than a minute."""

_START_TIMEOUT_S = 15.0

_PACE_S = 0.05
"""From one transaction to the next, as long as what comes fits into one: a transaction for each few
records would take the database from those who write acts, and people see no difference."""

_LOOK_S = 1.0
"""How often an idle projection looks whether it was reset."""

Listener = Callable[[Sequence[InputRecord]], None]
"""Hears of records once they are stored, by this process or by another; returns at once."""


class _WasReset(Exception):
    """Less is stored than was: the projection, or a topic, is made anew. Reading begins again."""


class Projection:
    """Follows the topics into the database. ``run`` is its one task."""

    def __init__(
        self,
        database: Database,
        connection: KafkaConnection,
        topics: Topics,
        *,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._database = database
        self._connection = connection
        self._readers = readers_of(topics)
        self._topics = topics
        self._listeners = listeners
        self._log = logger()
        self._failures = 0
        self._looked_at = 0.0
        self._told: Positions = {}
        """Behind what the listeners have heard of last."""
        self.behind: int | None = None
        """Committed records that are not stored yet; None while unknown."""

    async def run(self) -> None:
        """Read for ever. A failure is told, and after a pause reading begins anew."""
        while True:
            try:
                await self._follow()
                self._failures = 0
            except _WasReset as reset:
                # How much there is to be read again is not known yet.
                self.behind = None
                self._log.info("projection_was_reset", partition=str(reset))
                await asyncio.sleep(_RETRY_S[0])
            except (StreamError, DatabaseUnavailable, SQLAlchemyError) as error:
                self.behind = None
                detail = failure(error) if isinstance(error, SQLAlchemyError) else str(error)
                self._log.warning("projection_interrupted", detail=detail)
                first_s, longest_s = _RETRY_S
                await asyncio.sleep(min(longest_s, first_s * 2**self._failures))
                self._failures = min(self._failures + 1, 10)

    async def _follow(self) -> None:
        async with self._database.reading() as connection:
            positions = await stored_positions(connection)
        read = self._beginning(positions)
        async with read_batches(
            self._connection,
            tuple(self._readers),
            begin=dict(read),
            max_records=_BATCH_RECORDS,
            start_timeout_s=_START_TIMEOUT_S,
        ) as batches:
            async for batch in batches:
                for detail in batch.passed_over:
                    self._log.error("batch_not_projected", detail=detail)
                for place in batch.gone_back:
                    # Nothing may stand there yet, and what did is gone.
                    await self._go_back(place, positions)
                if batch.records:
                    began = time.monotonic()
                    await self._notice_new_logs(read, positions, batch.records)
                    positions = await self._take(positions, batch.records)
                    if len(batch.records) < _BATCH_RECORDS:
                        await asyncio.sleep(_PACE_S - (time.monotonic() - began))
                elif self._idle_for_long():
                    positions = await self._moved_on(positions)
                self.behind, self._failures = batch.behind, 0

    def _idle_for_long(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_S:
            return False
        self._looked_at = now
        return True

    def _beginning(self, stored: Positions) -> Positions:
        """Where to read from: what another has stored meanwhile is told to the listeners yet."""
        begin: Positions = {}
        for place, offset in stored.items():
            missed = offset - self._told.get(place, offset)
            begin[place] = offset - missed if 0 < missed <= _TOLD_WITHIN_RECORDS else offset
        return begin

    async def _notice_new_logs(
        self, read: Positions, positions: Positions, records: Sequence[InputRecord]
    ) -> None:
        """Take ``records`` for read. Raises _WasReset where a log is another one than was read.

        Its topic was made anew, or has lost its end: what has lower offsets than are stored was
        stored by nobody.
        """
        for record in records:
            place = _place(record)
            if record.offset < read.get(place, 0):
                await self._go_back(place, positions)
            read[place] = record.offset + 1

    async def _go_back(self, place: Partition, positions: Positions) -> Never:
        """Let reading begin where the log is to be read again. Raises _WasReset."""
        self._told.pop(place, None)
        bounds = await log_bounds(self._connection, place, _START_TIMEOUT_S)
        async with self._database.writing(durable=False) as connection:
            await go_back(connection, place, positions.get(place, 0), bounds, self._topics)
        raise _WasReset(str(place))

    async def _moved_on(self, positions: Positions) -> Positions:
        """What is stored now, by another console too. Raises _WasReset where that is less."""
        async with self._database.reading() as connection:
            stored = await stored_positions(connection)
        for place, offset in positions.items():
            if stored.get(place, -1) < offset:
                raise _WasReset(str(place))
        return stored

    async def _take(self, positions: Positions, records: Sequence[InputRecord]) -> Positions:
        """Store ``records``, as far as no other console has done it, and tell the listeners."""
        positions = await self._put(positions, records)
        for listener in self._listeners:
            listener(records)
        for record in records:
            self._told[_place(record)] = record.offset + 1
        return positions

    async def _put(self, positions: Positions, records: Sequence[InputRecord]) -> Positions:
        while new := [one for one in records if one.offset >= positions.get(_place(one), 0)]:
            try:
                return await self._store(positions, new)
            except MovedByAnother:
                # Another console of the database reads the same: it was quicker.
                positions = await self._moved_on(positions)
        return positions

    async def _store(self, positions: Positions, records: Sequence[InputRecord]) -> Positions:
        """Store ``records``, all in one transaction, or one by one where one is impossible."""
        try:
            return await self._store_together(positions, records)
        except SQLAlchemyError as error:
            # Something in a record that no column holds must not hold back all that come after it.
            # Whatever else the database says, it says of every record: passed over, all would be
            # lost to the console.
            if not is_of_the_data(error):
                raise
            if len(records) > 1:
                for record in records:
                    positions = await self._put(positions, [record])
                return positions
            return await self._pass_over(positions, records, type(error).__name__)

    async def _store_together(
        self, positions: Positions, records: Sequence[InputRecord]
    ) -> Positions:
        rows, unreadable = rows_of(records, self._readers)
        async with self._database.writing(durable=False) as connection:
            # The offsets first: where another console was quicker, nothing else is tried.
            moved = await advance(connection, positions, records)
            if moved.counted:
                await take_again(
                    connection,
                    rows,
                    records,
                    self._readers,
                    begun_at=positions,
                    counted=moved.counted,
                    topics=self._topics,
                )
            await store(connection, rows)
        for record, reason in unreadable:
            self._tell(record, reason)
        return moved.positions

    async def _pass_over(
        self, positions: Positions, records: Sequence[InputRecord], reason: str
    ) -> Positions:
        async with self._database.writing(durable=False) as connection:
            moved = await advance(connection, positions, records)
        for record in records:
            self._tell(record, reason)
        return moved.positions

    def _tell(self, record: InputRecord, reason: str) -> None:
        self._log.info(
            "record_not_projected",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
        )


def _place(record: InputRecord) -> Partition:
    return Partition(record.topic, record.partition)
