"""``stream-service broker``: a broker in the foreground, until Ctrl-C."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest

from stream_service.devkit.kafka.ports import choose_free
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )


async def test_it_serves_on_the_given_port_until_it_is_interrupted(tmp_path: Path) -> None:
    [port] = choose_free(1)
    broker = await start("broker", "--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert broker.stderr is not None
    async with asyncio.timeout(60):
        while b"Kafka answers at" not in await broker.stderr.readline():
            pass
    topics = await start("-b", f"127.0.0.1:{port}", "topics", "create")
    _, errors = await asyncio.wait_for(topics.communicate(), 60)
    assert topics.returncode == 0, errors.decode()
    broker.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(broker.communicate(), 60)
    assert broker.returncode == 0, errors.decode()
    assert b"Traceback" not in errors
    await until(lambda: not answers(port), "the port to be free")


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        broker = await start("broker", "--port", str(port))
        _, errors = await asyncio.wait_for(broker.communicate(), 60)
    assert broker.returncode == 1
    assert str(port).encode() in errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("broker", "--port", "70000"),
        ("broker", "--port", "65534", "--brokers", "3"),
        ("demo", "--once", "--port", "0"),
    ],
)
async def test_a_port_that_there_is_not_is_a_wrong_use(arguments: tuple[str, ...]) -> None:
    broker = await start(*arguments)
    _, errors = await asyncio.wait_for(broker.communicate(), 60)
    assert broker.returncode == 2
    assert b"Traceback" not in errors


async def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    broker = await start("broker", "--data-dir", str(tmp_path / "a-file" / "data"))
    _, errors = await asyncio.wait_for(broker.communicate(), 60)
    assert broker.returncode == 1
    assert b"a-file/data cannot be used: Not a directory" in errors
    assert b"Traceback" not in errors
