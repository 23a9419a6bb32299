"""docker-compose.yml's services of ours, by their commands and environments, on this machine."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from stream_service.devkit.kafka.ports import choose_free
from tests.support.cluster import Cluster
from tests.support.deployment.compose import ROOT, HostService, ours, read_project
from tests.support.deployment.image import read_dockerfile
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.postgres import running_postgres
from tests.support.scraping import scrape
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)

IMAGE = read_dockerfile(ROOT / "deploy" / "Dockerfile").final
LOADS_WITHIN_S = 90.0
PASSWORD = "password"


@pytest.fixture
def project() -> Mapping[str, Any]:
    return read_project({"POSTGRES_PASSWORD": PASSWORD, "GRAFANA_PASSWORD": "unused"})


@asynccontextmanager
async def _services(
    project: Mapping[str, Any],
    names: Mapping[str, str],
    own: Mapping[str, str],
    ports: Mapping[str, Mapping[str, str]],
    folder: Path,
) -> AsyncGenerator[dict[str, HostService]]:
    services = {
        name: HostService(name, service, names, folder, {**own, **ports.get(name, {})})
        for name, service in ours(project).items()
    }
    try:
        yield services
    finally:
        for service in services.values():
            service.kill()


async def test_all_of_ours_start_in_order_are_healthy_do_their_work_and_stop(
    cluster: Cluster, project: Mapping[str, Any], tmp_path: Path
) -> None:
    worker_port, lag_port, console_port, nobodys = choose_free(4)
    # A container sees its own ports alone; on one machine a health check would ask the neighbour.
    ports = {
        "worker": {"STREAM_METRICS__PORT": str(worker_port)},
        "lag-exporter": {"STREAM_LAG__PORT": str(lag_port)},
        "console": {"STREAM_CONSOLE__PORT": str(console_port)},
    }
    own = {
        "STREAM_TOPICS__PREFIX": cluster.topics.prefix,
        "STREAM_TOPICS__PARTITIONS": "2",
        "STREAM_CONSUMER__GROUP_ID": f"{cluster.topics.prefix}workers",
        "STREAM_LAG__INTERVAL_S": "0.5",
        **{name: str(nobodys) for one in ports.values() for name in one},
        "STREAM_TRACING__SAMPLING_RATIO": "1",
    }
    with running_postgres() as postgres, OtlpReceiver().running() as collector:
        postgres.psql("CREATE DATABASE console;")
        names = {
            "kafka:19092": cluster.bootstrap_servers,
            "http://otel-collector:4318": collector.endpoint,
            # This server has a socket alone, and no password.
            f"postgresql://stream_service:{PASSWORD}@postgres:5432/console": str(
                postgres.get_uri(database="console")
            ),
        }
        async with _services(project, names, own, ports, tmp_path) as services:
            topics = services["topics"].run(*services["topics"].service["command"])
            assert topics.returncode == 0, topics.stderr
            lasting = {name: services[name] for name in ("worker", "lag-exporter", "console")}
            assert {"topics", *lasting} == services.keys()
            for service in lasting.values():
                assert not service.is_healthy(IMAGE.health), "nothing runs yet"
            for name, service in lasting.items():
                service.start()
                await until(
                    lambda one=service: asyncio.to_thread(one.is_healthy, IMAGE.health),
                    f"{name} to be healthy: {service.log.read_text()[-2_000:]}",
                    timeout_s=LOADS_WITHIN_S,
                )
            await _feedback_is_answered(services["console"], console_port)
            await until(lambda: _lag_is_told(lag_port), "lag of the worker's group")
            await until(lambda: bool(collector.spans), "spans")
            for name, service in reversed(lasting.items()):
                code = await asyncio.to_thread(service.stop, IMAGE.stop_signal)
                assert code == 0, (name, service.log.read_text()[-2_000:])


async def _feedback_is_answered(console: HostService, port: int) -> None:
    """As the head of docker-compose.yml and docs/operating.md tell: a token, then a request."""
    made = console.run("console", "token", "create", "--name", "me", "--role", "operator")
    assert made.returncode == 0, made.stderr
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    event_id = str(uuid4())
    async with httpx.AsyncClient(base_url=f"http://localhost:{port}", timeout=20) as client:
        body = {"event_id": event_id, "text": "Where is my parcel?", "customer_id": "c-1"}
        assert (await client.post("/v1/feedback", json=body)).status_code == 401
        sent = await client.post("/v1/feedback", json=body, headers=headers)
        assert sent.status_code == 202, sent.text

        async def is_answered() -> bool:
            found = await client.get(f"/v1/feedback/{event_id}", headers=headers)
            return found.status_code == 200 and found.json()["status"] in {"replied", "in_review"}

        await until(is_answered, "an outcome", timeout_s=60)


async def _lag_is_told(port: int) -> bool:
    found = await scrape(port)
    return bool(found.values("feedback_consumer_lag_messages"))
