"""The projection: reads the topics for ever and keeps the tables up to date."""

import asyncio
import time
from collections.abc import Callable, Sequence

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
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.store import Database
from stream_service.console.store.engine import failure, is_of_the_data
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from stream_service.observe.logs import logger
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.reading.batch_reader import read_batches

_BATCH_RECORDS = 500
"""Stored within some hundredths of a second, so that writers of acts wait no longer."""

_RETRY_S = (0.5, 10.0)
"""The first and the longest pause after a failure."""

_START_TIMEOUT_S = 15.0

_PACE_S = 0.05
"""From one transaction to the next, as long as what comes fits into one: a transaction for each few
records would take the database from those who write acts, and people see no difference."""

_LOOK_S = 1.0
"""How often an idle projection looks whether it was reset."""

Listener = Callable[[Sequence[InputRecord]], None]
"""Hears of records once they are stored; returns at once."""


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
        self._listeners = listeners
        self._log = logger()
        self._failures = 0
        self._looked_at = 0.0
        self.behind: int | None = None
        """Committed records that are not stored yet; None while unknown."""

    async def run(self) -> None:
        """Read for ever. A failure is told, and after a pause reading begins anew."""
        while True:
            try:
                await self._follow()
                self._failures = 0
            except MovedByAnother as moved:
                self._log.info("projection_moved_by_another", partition=str(moved))
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
        async with read_batches(
            self._connection,
            tuple(self._readers),
            begin=positions,
            max_records=_BATCH_RECORDS,
            start_timeout_s=_START_TIMEOUT_S,
        ) as batches:
            async for batch in batches:
                for detail in batch.passed_over:
                    self._log.error("batch_not_projected", detail=detail)
                if batch.records:
                    began = time.monotonic()
                    positions = await self._take(positions, batch.records)
                    if len(batch.records) < _BATCH_RECORDS:
                        await asyncio.sleep(_PACE_S - (time.monotonic() - began))
                elif self._idle_for_long():
                    await self._expect(positions)
                self.behind, self._failures = batch.behind, 0

    def _idle_for_long(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_S:
            return False
        self._looked_at = now
        return True

    async def _expect(self, positions: Positions) -> None:
        """Raises MovedByAnother where a reset, or another console, has moved what is stored."""
        async with self._database.reading() as connection:
            if await stored_positions(connection) != positions:
                raise MovedByAnother("all")

    async def _take(self, positions: Positions, records: Sequence[InputRecord]) -> Positions:
        """Store ``records``, all in one transaction, or one by one where one is impossible."""
        try:
            positions = await self._store(positions, records)
        except SQLAlchemyError as error:
            # Something in a record that no column holds must not hold back all that come after it.
            # Whatever else the database says, it says of every record: passed over, all would be
            # lost to the console.
            if not is_of_the_data(error):
                raise
            if len(records) > 1:
                for record in records:
                    positions = await self._take(positions, [record])
                return positions
            positions = await self._pass_over(positions, records, type(error).__name__)
        for listener in self._listeners:
            listener(records)
        return positions

    async def _store(self, positions: Positions, records: Sequence[InputRecord]) -> Positions:
        rows, unreadable = rows_of(records, self._readers)
        async with self._database.writing(durable=False) as connection:
            # The offsets first: where another console was quicker, nothing else is tried.
            moved = await advance(connection, positions, records)
            await store(connection, rows)
        for record, reason in unreadable:
            self._tell(record, reason)
        return moved

    async def _pass_over(
        self, positions: Positions, records: Sequence[InputRecord], reason: str
    ) -> Positions:
        async with self._database.writing(durable=False) as connection:
            moved = await advance(connection, positions, records)
        for record in records:
            self._tell(record, reason)
        return moved

    def _tell(self, record: InputRecord, reason: str) -> None:
        self._log.info(
            "record_not_projected",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
        )
