"""Bringing the tables to their newest form, at start."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store.filling import fill_dead_letter_texts

_MIGRATIONS = Path(__file__).parent / "migrations"

_ADVISORY_LOCK = 7_240_118
"""Any number that all consoles share: two that start at once must not both create a table."""

_one_at_a_time = threading.Lock()
"""Alembic keeps its context in module globals."""


async def migrate(engine: AsyncEngine, progressed: Callable[[], None] = lambda: None) -> None:
    """Run the migrations that the database has not seen, in one transaction; then fill what is new.

    The latter is done in steps that stay done, and ``progressed`` hears of each.

    Raises DatabaseUnavailable where a newer version of the console has migrated it.
    """
    # It tells its own set-up at every start, in sentences.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Immediately a writer, or two processes could both find that nothing is there.
    async with engine.execution_options(stream_service_writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
            )
        await connection.run_sync(_upgrade)
    await fill_dead_letter_texts(engine, progressed)


def alembic_config() -> Config:
    """Alembic's configuration: only where the migrations stand."""
    config = Config()
    # A per cent sign is the configuration parser's own.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    with _one_at_a_time:
        _refuse_newer(config, connection)
        command.upgrade(config, "head")


def _refuse_newer(config: Config, connection: Connection) -> None:
    """What this version does not know has been done by a later one, and cannot be undone here."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = MigrationContext.configure(connection).get_current_heads()
    unknown = [revision for revision in found if revision not in known]
    if unknown:
        raise DatabaseUnavailable(
            f"a newer version of the console has migrated the database (to {unknown[0]}): run that"
            " version, or give console.database_url of a copy from before"
        )
