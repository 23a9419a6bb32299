"""PostgreSQL over TLS, as managed databases want it."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store import Database
from tests.support.certificates import Authority
from tests.support.tls_before_postgres import tls_before

_PORT = 5432


async def test_the_system_s_authorities_are_asked_where_the_url_says_so(
    postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = Path(postgres.get_postmaster_info().socket_dir) / f".s.PGSQL.{_PORT}"
    ours, another = (Authority.new(tmp_path, which) for which in ("ours", "another"))
    async with tls_before(socket, ours.server("127.0.0.1")) as port:
        url = f"postgresql://postgres:@127.0.0.1:{port}/postgres?sslrootcert=system"
        monkeypatch.setenv("SSL_CERT_FILE", str(ours.file))
        database = await Database.open(url)
        await database.check()
        await database.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(another.file))
        with pytest.raises(DatabaseUnavailable, match="CertVerificationError"):
            await Database.open(url)


async def test_the_server_s_certificate_is_verified(postgres: Any, tmp_path: Path) -> None:
    name = f"t{uuid4().hex[:12]}"
    postgres.psql(f"CREATE DATABASE {name};")
    socket = Path(postgres.get_postmaster_info().socket_dir) / f".s.PGSQL.{_PORT}"
    ours, another = (Authority.new(tmp_path, which) for which in ("ours", "another"))
    async with tls_before(socket, ours.server("127.0.0.1")) as port:
        url = f"postgresql://postgres:@127.0.0.1:{port}/{name}?sslmode=verify-full&sslrootcert="
        database = await Database.open(f"{url}{ours.file}")
        await database.check()
        await database.close()
        with pytest.raises(DatabaseUnavailable, match="CertVerificationError"):
            await Database.open(f"{url}{another.file}")
