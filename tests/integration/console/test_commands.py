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
from tests.support.redis import free_port, needs_redis, redis_server
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment

PRAISE = {"text": "Thank you so much, the new app is wonderful and your staff is very kind."}
COMPLAINT = {"text": "包裹晚到了两个星期，外箱也破了，非常失望。"}


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
    (port,) = choose_free(1)
    free = f"console.port={port}"
    # The last one counts.
    failed = _run(f"sqlite:///{tmp_path}/console.db", "--set", free, "--set", setting, "console")
    assert failed.returncode in {1, 2}
    assert told in failed.stderr
    assert "Traceback" not in failed.stderr


@needs_redis
async def test_health_tells_whether_redis_answers(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    redis_port, folder = free_port(), tmp_path / "redis"
    folder.mkdir()
    console = ConsoleProcess(
        cluster,
        f"sqlite:///{tmp_path}/console.db",
        choose_free(1)[0],
        settings=(f"llm.cache_url=redis://127.0.0.1:{redis_port}/0",),
        analyze=True,
    )
    async with httpx.AsyncClient(timeout=20, base_url=console.url) as client:

        async def parts_are(**parts: str) -> None:
            async def are() -> bool:
                answer = await client.get("/health")
                # It judges without the answers that are kept there: dearer, and as well.
                return (answer.status_code, answer.json()["parts"]) == (
                    200,
                    {"kafka": "up", "database": "up", **parts},
                )

            await until(are, f"{parts}")

        try:
            await console.start(client)
            async with redis_server(redis_port, folder):
                await parts_are(redis="up")
            await parts_are(redis="down")
            async with redis_server(redis_port, folder):
                await parts_are(redis="up")
        finally:
            console.kill()


async def test_the_local_analyst_judges_at_once(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    url = f"sqlite:///{tmp_path}/console.db"
    console = ConsoleProcess(cluster, url, choose_free(1)[0], analyze=True)
    async with httpx.AsyncClient(timeout=60, base_url=console.url) as client:
        try:
            await console.start(client)
            told = (await client.post("/v1/analyze", json=PRAISE)).json()
            many = (await client.post("/v1/analyze/batch", json=[PRAISE, COMPLAINT, {}])).json()
        finally:
            console.kill()
    assert told["outcome"] == "reply"
    assert told["verdict"]["provenance"]["analyst"] == "local"
    assert told["verdict"]["provenance"]["degraded"] is False
    assert told["verdict"]["analysis"]["category"] == "praise"
    totals = many["totals"]
    assert totals["by_category"] == {"praise": 1, "complaint": 1}
    assert totals["by_language"] == {"en": 1, "zh": 1}
    assert (totals["analyzed"], totals["refused"], totals["failed"]) == (2, 1, 0)
    assert many["rows"][2]["field"] == "text"
    assert not await cluster.read_committed(cluster.topics.events)
