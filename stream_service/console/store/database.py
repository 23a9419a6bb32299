"""Transactions on the console's database: a SQLite file, or PostgreSQL by URL."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Self

from sqlalchemy import text
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store.engine import DURABLE, WAIT_S, WRITES, failure, new_engine
from stream_service.console.store.migrating import migrate

_LOST = (OperationalError, InterfaceError, NoConnectionInTime, OSError, TimeoutError)


class Database:
    """The engine, with transactions that read and transactions that write."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # SQLite has one writer at a time: waiting here costs nothing, waiting there polls.
        self._writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the tables to their newest form. Raises DatabaseUnavailable."""
        engine = new_engine(url)
        try:
            async with asyncio.timeout(6 * WAIT_S):
                await migrate(engine)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            await engine.dispose()
            raise DatabaseUnavailable(
                f"the console's database cannot be used ({failure(error)}); check "
                "console.database_url and that it can be written to"
            ) from error
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction that only reads. Raises DatabaseUnavailable."""
        with _told():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, *, durable: bool = True) -> AsyncGenerator[AsyncConnection]:
        """A transaction that writes: all of it or nothing. Raises DatabaseUnavailable.

        One that is not ``durable`` may be undone by a loss of power on SQLite: for what the topics
        give back.
        """
        if self._writer is None:
            with _told():
                async with self._engine.begin() as connection:
                    yield connection
            return
        async with self._writer:
            with _told():
                async with self._engine.execution_options(
                    **{WRITES: True, DURABLE: durable}
                ).begin() as connection:
                    yield connection

    async def check(self) -> None:
        """Ask something simple. Raises DatabaseUnavailable."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))


@contextmanager
def _told() -> Generator[None]:
    """Turn what the driver says of a lost database into an error of ours."""
    try:
        yield
    except (*_LOST, DBAPIError) as error:
        if isinstance(error, _LOST) or error.connection_invalidated:
            raise DatabaseUnavailable(
                f"the console's database does not answer ({failure(error)})"
            ) from error
        raise
