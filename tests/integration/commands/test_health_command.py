"""``stream-service health``: what a container's health check and an operator ask."""

import json
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import (
    BaseHTTPRequestHandler,
    HTTPServer,
    SimpleHTTPRequestHandler,
    ThreadingHTTPServer,
)
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka.ports import choose_free
from stream_service.observe.health import Health
from stream_service.observe.http import ObservationServer
from stream_service.observe.metrics.page import metrics_page
from tests.support.cluster import Cluster
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment, flags

NOWHERE = Cluster("127.0.0.1:9", Topics("nowhere."))
"""A worker that waits for its broker lives, and is not ready."""


class Machine:
    """Three ports, one for each part."""

    def __init__(self) -> None:
        self.worker, self.lag, self.console = choose_free(3)
        self.more: dict[str, str] = {}

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            **self.more,
            "STREAM_METRICS__HOST": "0.0.0.0",  # noqa: S104 - as in a container
            "STREAM_METRICS__PORT": str(self.worker),
            "STREAM_LAG__PORT": str(self.lag),
            "STREAM_CONSOLE__PORT": str(self.console),
            # A proxy that the environment names has no say in this.
            "http_proxy": "http://127.0.0.1:9",
        }

    def health(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*COMMAND, "health", *words],
            env=environment(**self.variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_nothing_that_runs_is_not_healthy(machine: Machine) -> None:
    ended = machine.health()
    assert ended.returncode == 1
    assert "nothing serves health here" in ended.stderr
    for port in (machine.worker, machine.lag, machine.console):
        assert f"127.0.0.1:{port}" in ended.stderr


def test_why_a_worker_that_runs_is_not_seen_is_told(machine: Machine) -> None:
    machine.more["STREAM_METRICS__ENABLED"] = "false"
    ended = machine.health()
    assert ended.returncode == 1
    assert "with metrics.enabled=false no worker does" in ended.stderr


async def test_a_worker_lives_before_it_is_ready(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
            [*COMMAND, *flags(NOWHERE), "run"],
            env=environment(**machine.variables),
            stderr=output,
        )
    try:
        await until(lambda: b"metrics_served" in log.read_bytes(), "its port")
        lives = machine.health()
        assert (lives.returncode, lives.stdout) == (0, "worker live\n")
        assert machine.health("worker").returncode == 0
        unready = machine.health("--ready")
        assert unready.returncode == 1
        assert "the worker is not ready" in unready.stderr
        assert "answers 503" in unready.stderr
        # Another part that is asked for by name is not there.
        assert machine.health("console").returncode == 1
        # Why it is not ready: what the port itself says.
        whole = machine.health("--json")
        assert whole.returncode == 1
        told = json.loads(whole.stdout)
        assert told.keys() == {"worker"}
        assert (told["worker"]["live"], told["worker"]["ready"]) == (True, False)
        async with httpx.AsyncClient(trust_env=False) as client:
            served = (await client.get(f"http://127.0.0.1:{machine.worker}/health")).json()
        assert told["worker"].keys() == served.keys()
        assert len(served) > len(("live", "ready"))
    finally:
        process.kill()
        process.wait(10)


@contextmanager
def _hanging(port: int) -> Generator[None]:
    """Takes connections, reads requests, and answers none."""
    let_go = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            let_go.wait(60)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield
    finally:
        let_go.set()
        server.shutdown()
        server.server_close()
        serving.join(10)


def test_what_takes_requests_and_answers_none_hangs(machine: Machine) -> None:
    with _hanging(machine.lag):
        ended = machine.health()
    assert ended.returncode == 1
    assert f"127.0.0.1:{machine.lag}/health/live does not answer" in ended.stderr


def test_all_that_health_says_is_printed_for_each_part_that_answers(machine: Machine) -> None:
    def health() -> Health:
        return Health(live=True, ready=True, details={"brokers": ["127.0.0.1:9"]})

    with ExitStack() as serving:
        for port in (machine.worker, machine.lag):
            serving.enter_context(
                ObservationServer(
                    "127.0.0.1",
                    port,
                    metrics=metrics_page(CollectorRegistry()),
                    health=health,
                    setting="metrics.port",
                )
            )
        both = machine.health("--json")
        one = machine.health("lag-exporter", "--json")
    expected = {"live": True, "ready": True, "brokers": ["127.0.0.1:9"]}
    assert both.returncode == 0
    assert json.loads(both.stdout) == {"worker": expected, "lag-exporter": expected}
    assert (one.returncode, json.loads(one.stdout)) == (0, {"lag-exporter": expected})


def test_who_answers_anything_else_is_none_of_ours(machine: Machine) -> None:
    server = HTTPServer(("127.0.0.1", machine.console), SimpleHTTPRequestHandler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        ended = machine.health("--json")
    finally:
        server.shutdown()
        server.server_close()
        serving.join(10)
    assert ended.returncode == 1
    assert f"127.0.0.1:{machine.console}/health answers 404 and no JSON" in ended.stderr
