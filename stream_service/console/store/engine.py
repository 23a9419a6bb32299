"""The engine behind the database, as each kind needs it."""

import asyncio
import sqlite3
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stream_service.console.store.database_url import DatabaseAddress, read_database_url

WRITES = "stream_service_writes"
"""The execution option of a transaction that is going to write."""

DURABLE = "stream_service_durable"
"""The execution option of a transaction that survives a loss of power: its commit waits for the
disk. Without it a crash of the process loses nothing either."""

WAIT_S = 10.0
"""For a connection, for a lock of another process, and for a server that does not answer."""

_CONNECTIONS = 10
"""Enough for pages and streams side by side; each writes or reads for milliseconds."""

_SQLITE_CACHE_KIB = 8 * 1024
"""Each of the connections may hold so much, and holds it for good. What a query of the queue walks
fits; the rest of the file is in the machine's own cache."""

_ASKED_AGAIN_S = 0.02
"""Between two attempts at what SQLite does not wait for by itself."""

_CLASSES_OF_DATA = frozenset({"21", "22", "23", "54"})
"""PostgreSQL's error classes that what is to be stored brings about: wrong cardinality, data that
no column holds, integrity, and limits of the program."""


def new_engine(url: str) -> AsyncEngine:
    """The engine for ``url``; nothing is connected yet. Raises DatabaseUnavailable."""
    return _engine(read_database_url(url))


def failure(error: BaseException) -> str:
    """The kind of failure, without statements, parameters or passwords."""
    origin = getattr(error, "orig", None) or error
    if isinstance(error, DBAPIError) and "sqlite" in type(origin).__module__:
        return str(origin)
    return type(origin).__name__


def is_of_the_data(error: SQLAlchemyError) -> bool:
    """Whether what was to be stored is at fault, so that it fails the same way every time.

    SQLite says so of everything but the database's loss, which has an error of ours.
    """
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state is None or state[:2] in _CLASSES_OF_DATA


def _engine(address: DatabaseAddress) -> AsyncEngine:
    if address.is_postgresql:
        return create_async_engine(
            address.url,
            pool_size=_CONNECTIONS,
            pool_timeout=WAIT_S,
            # An error may be logged, and parameters are customers' words.
            hide_parameters=True,
            # A server that was restarted: its old connections are noticed before they are used.
            pool_pre_ping=True,
            connect_args={
                "timeout": WAIT_S,
                "command_timeout": 3 * WAIT_S,
                **address.connect_args,
            },
        )
    engine = create_async_engine(
        address.url,
        pool_size=_CONNECTIONS,
        pool_timeout=WAIT_S,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and by its own rules.
    connection.isolation_level = None
    connection.run_async(_write_ahead)
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {round(WAIT_S * 1000)}",
        "foreign_keys = ON",
        f"cache_size = -{_SQLITE_CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _write_ahead(connection: aiosqlite.Connection) -> None:
    """Keep a write-ahead log, with which readers do not wait for the writer.

    The file's first change to it needs all locks, and is refused at once while another console
    changes it too or writes: whoever waits holding one lock for the other would wait for ever.
    """
    until = asyncio.get_running_loop().time() + WAIT_S
    while True:
        try:
            async with connection.execute("PRAGMA journal_mode = WAL"):
                return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(_ASKED_AGAIN_S)


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get(WRITES):
        # Of this connection, and only outside of a transaction.
        level = "FULL" if options.get(DURABLE) else "NORMAL"
        if connection.info.get("synchronous") != level:
            connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
            connection.info["synchronous"] = level
    # A reader that turns writer fails at once where another wrote meanwhile; one that says so from
    # the start waits.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")
