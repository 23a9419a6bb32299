"""Bringing the tables to their newest form, at start."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

_MIGRATIONS = Path(__file__).parent / "migrations"

_ADVISORY_LOCK = 7_240_118
"""Any number that all consoles share: two that start at once must not both create a table."""

_one_at_a_time = threading.Lock()
"""Alembic keeps its context in module globals."""


async def migrate(engine: AsyncEngine) -> None:
    """Run the migrations that the database has not seen, in one transaction."""
    # Immediately a writer, or two processes could both find that nothing is there.
    async with engine.execution_options(stream_service_writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
            )
        await connection.run_sync(_upgrade)


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
        command.upgrade(config, "head")
