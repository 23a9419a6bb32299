"""``stream-service console``'s work on the database, and what it refuses."""

import subprocess
from pathlib import Path

import httpx
import pytest

from stream_service.console.queries.feedback import feedback_status
from stream_service.console.store import Database
from stream_service.devkit.kafka.ports import choose_free
from tests.support.cluster import Cluster
from tests.support.console import caught_up, projecting, records_of_every_kind
from tests.support.console_process import ConsoleProcess
from tests.support.worker_process import COMMAND, environment


def _run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(STREAM_CONSOLE__DATABASE_URL=url, STREAM_CONSOLE__ANALYZE="false"),
    )


async def test_a_token_is_made_used_listed_and_revoked(cluster: Cluster, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/console.db"
    made = _run(url, "console", "token", "create", "--name", "Ann", "--role", "viewer")
    token = made.stdout.strip()
    assert token.startswith("fbk_")
    listed = _run(url, "console", "token", "list").stdout
    assert "Ann" in listed
    assert token.split("_", 2)[2] not in listed
    console = ConsoleProcess(
        cluster, url, choose_free(1)[0], settings=("console.authentication=tokens",)
    )
    async with httpx.AsyncClient(timeout=20, base_url=console.url) as client:
        try:
            await console.start(client)
            headers = {"authorization": f"Bearer {token}"}
            assert (await client.get("/v1/reviews", headers=headers)).status_code == 200
            assert (await client.get("/v1/reviews")).status_code == 401
        finally:
            console.kill()
    token_id = token.split("_")[1]
    assert _run(url, "console", "token", "revoke", token_id).returncode == 0
    again = _run(url, "console", "token", "revoke", token_id)
    assert (again.returncode, "token list" in again.stderr) == (1, True)


async def test_rebuild_empties_what_the_topics_give_back(cluster: Cluster, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/console.db"
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(cluster.topics))
    database = await Database.open(url)
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    assert _run(url, "console", "rebuild").returncode == 0
    async with database.reading() as connection:
        assert await feedback_status(connection, "e0") is None
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    async with database.reading() as connection:
        assert await feedback_status(connection, "e0") is not None
    await database.close()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("console.host=0.0.0.0", "console.authentication=tokens"),
        ("console.trusted_proxies=proxy", "console.trusted_proxies"),
        ("console.database_url=mysql://x", "console.database_url"),
        ("console.port=99999", "console.port"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, setting: str, told: str) -> None:
    failed = _run(f"sqlite:///{tmp_path}/console.db", "--set", setting, "console")
    assert failed.returncode in {1, 2}
    assert told in failed.stderr
    assert "Traceback" not in failed.stderr
