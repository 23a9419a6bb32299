"""Transactions on the console's database: a SQLite file, or PostgreSQL by URL."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
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

_PASSING_CLASSES = frozenset({"08", "40", "53", "57", "58"})
"""PostgreSQL's error classes that say nothing of the statement: connections, transactions that must
be done again, resources (a full disk, memory, connections), an operator's act, the system's files
(https://www.postgresql.org/docs/current/errcodes-appendix.html). SQLite tells the like of them as
OperationalError; asyncpg's dialect gives most of them no class of their own."""

_MIGRATION_TIMEOUT_S = 6 * WAIT_S
"""Without a step of it done for so long, it hangs."""

_PASSING_STATES = frozenset({"25006", "55P03"})
"""A server that only reads, as after a failover to a standby, and a lock that another holds."""


class Database:
    """The engine, with transactions that read and transactions that write."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # SQLite has one writer at a time: waiting here costs nothing, waiting there polls.
        self._writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @property
    def is_shared(self) -> bool:
        """Whether several consoles may use it at once: PostgreSQL."""
        return self._writer is None

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the tables to their newest form. Raises DatabaseUnavailable."""
        engine = new_engine(url)
        try:
            async with asyncio.timeout(_MIGRATION_TIMEOUT_S) as bound:

                def progressed() -> None:
                    # What is filled in takes as long as there is much of it.
                    bound.reschedule(asyncio.get_running_loop().time() + _MIGRATION_TIMEOUT_S)

                await migrate(engine, progressed)
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
            async with _connected(self._engine) as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, *, durable: bool = True) -> AsyncGenerator[AsyncConnection]:
        """A transaction that writes: all of it or nothing. Raises DatabaseUnavailable.

        One that is not ``durable`` may be undone by a loss of power on SQLite: for what the topics
        give back.
        """
        if self._writer is None:
            with _told():
                async with _connected(self._engine) as connection, connection.begin():
                    yield connection
            return
        engine = self._engine.execution_options(**{WRITES: True, DURABLE: durable})
        async with self._writer:
            with _told():
                async with _connected(engine) as connection, connection.begin():
                    yield connection

    async def check(self) -> None:
        """Ask something simple. Raises DatabaseUnavailable."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection. Raises DatabaseUnavailable, whatever the server's reason to give none.

    One that shuts down or starts, or has too many already, says so with an error that would be a
    fault of ours were it about a statement.
    """
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise _unavailable(error) from error
        yield connection


@contextmanager
def _told() -> Generator[None]:
    """Turn what the driver says of a lost database into an error of ours."""
    try:
        yield
    except (*_LOST, DBAPIError) as error:
        if isinstance(error, _LOST) or error.connection_invalidated or _is_passing(error):
            raise _unavailable(error) from error
        raise


def _is_passing(error: DBAPIError) -> bool:
    """Whether the server could not do what it will do another time."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return state in _PASSING_STATES or state[:2] in _PASSING_CLASSES


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"the console's database does not answer ({failure(error)})")
