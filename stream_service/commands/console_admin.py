"""``stream-service console rebuild`` and ``console token``: work on the database alone."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from stream_service.commands.process.failures import CommandFailed
from stream_service.commands.process.running import run
from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import create_token, list_tokens, revoke_token
from stream_service.console.projection.rebuilding import reset_projection
from stream_service.console.store import Database
from stream_service.settings import Settings

_LONGEST_NAME = 200


def rebuild_projection(settings: Settings) -> None:
    """Empty what the topics give back. Raises DatabaseUnavailable."""

    async def main() -> None:
        async with _database(settings) as database:
            await reset_projection(database)

    run(main())
    Console().print("emptied; the console reads the topics from their start")


def create(settings: Settings, *, name: str, role: str, days: float | None) -> None:
    """Print a new token. Raises CommandFailed, DatabaseUnavailable."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise CommandFailed(f"--name must have 1 to {_LONGEST_NAME} printable characters")

    async def main() -> str:
        async with _database(settings) as database:
            return await create_token(database, name=name.strip(), role=Role(role), valid_days=days)

    # Alone on its line, so that a script can take it.
    sys.stdout.write(f"{run(main())}\n")
    sys.stderr.write("keep it: it is shown this once\n")


def list_all(settings: Settings) -> None:
    """Print a table of tokens. Raises DatabaseUnavailable."""

    async def main() -> Table:
        table = Table("id", "name", "role", "created", "expires", "revoked")
        async with _database(settings) as database:
            for token in await list_tokens(database):
                table.add_row(
                    token.token_id,
                    token.name,
                    token.role.value,
                    _day(token.created_ms),
                    _day(token.expires_ms),
                    _day(token.revoked_ms),
                )
        return table

    Console(markup=False).print(run(main()))


def revoke(settings: Settings, token_id: str) -> None:
    """Revoke a token. Raises NoSuchToken, DatabaseUnavailable."""

    async def main() -> None:
        async with _database(settings) as database:
            await revoke_token(database, token_id)

    run(main())
    Console().print("revoked; a running console obeys within seconds")


@asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Database]:
    database = await Database.open(settings.console.database_url.get_secret_value())
    try:
        yield database
    finally:
        await database.close()


def _day(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
