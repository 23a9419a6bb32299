"""What probes are told: whether requests are to be sent here, and whether all is well."""

import asyncio
from pathlib import Path

import orjson
import pytest

from stream_service.console.gateway.routes import health
from stream_service.console.store import Database
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.bare_gateway import BareGateway, bare_gateway
from tests.support.cluster import Cluster
from tests.support.gateway import running_console
from tests.support.waiting import until


async def test_a_console_is_served_by_without_kafka(tmp_path: Path) -> None:
    """It was taken out of use with all others, with the pages and the decisions that it had."""
    async with bare_gateway(tmp_path) as gateway:
        assert await _told(gateway, "/health/serving") == (
            200,
            {"serving": True, "parts": {"database": "up"}},
        )
        status, ready = await _told(gateway, "/health/ready")
    assert (status, ready["parts"]) == (503, {"kafka": "down", "database": "up"})


async def test_brokers_that_are_gone_are_told_though_nobody_publishes(tmp_path: Path) -> None:
    """It told of Kafka as up for as long as nobody asked it to publish."""
    async with EmbeddedKafka.start() as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics("quiet."))
        await cluster.create_topics()
        async with running_console(cluster, f"sqlite:///{tmp_path}/console.db") as console:

            async def kafka_is(state: str) -> bool:
                answer = await console.client.get("/health/ready")
                ready: bool = answer.json()["ready"]
                assert answer.status_code == (200 if ready else 503)
                return answer.json()["parts"]["kafka"] == state

            await until(lambda: kafka_is("up"), "Kafka to be there")
            await kafka.kill()
            await until(lambda: kafka_is("down"), "the console to tell that Kafka is gone")
            await kafka.restart()
            await until(lambda: kafka_is("up"), "the console to tell that Kafka is back")


@pytest.mark.parametrize("failure", ["refuses", "never answers"])
async def test_a_console_without_its_database_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    async def check(_: Database) -> None:
        if failure == "refuses":
            raise OSError
        await asyncio.Event().wait()

    monkeypatch.setattr(health, "_CHECK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(Database, "check", check)
    async with bare_gateway(tmp_path) as gateway:
        told = await _told(gateway, "/health/serving")
    assert told == (503, {"serving": False, "parts": {"database": "down"}})


async def _told(gateway: BareGateway, path: str) -> tuple[int | None, dict[str, dict[str, str]]]:
    # By address and without a token, as a probe asks.
    answer = await gateway.ask("GET", path, None, host="10.0.0.7:8080")
    return answer.status, orjson.loads(answer.body)
