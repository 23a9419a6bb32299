"""The demo as a newcomer runs it: to its end, twice at once, and interrupted at any moment."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import httpx
import orjson
import pytest

from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment


async def start_demo(*arguments: str, **settings: str) -> asyncio.subprocess.Process:
    """In a process group of its own, as a terminal gives one to each command.

    Ctrl-C means what it does there, even if these tests run in the background, where it is ignored.
    """
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        "demo",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(**settings),
        start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


OF_A_GUARDED_CLUSTER = {
    "STREAM_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
    "STREAM_KAFKA__SASL_USERNAME": "worker",
    "STREAM_KAFKA__SASL_PASSWORD": "a-password",
}
"""What stands in the environment, or in .env, of whoever has a cluster already."""


async def test_two_demos_side_by_side_keep_their_promise() -> None:
    demos = [await start_demo("--once", **given) for given in ({}, OF_A_GUARDED_CLUSTER)]
    for demo in demos:
        output, errors = await asyncio.wait_for(demo.communicate(), 120)
        assert demo.returncode == 0, errors.decode()
        lines = output.decode().splitlines()
        summary = orjson.loads(lines[-1])
        assert summary["exactly_once"] is True
        assert summary["events"] == 41
        assert summary["dead_letters"] == 1
        assert summary["duplicates"] == 1
        assert summary["replies"] + summary["reviews"] == 39
        assert summary["replies"] > summary["reviews"] > 0
        assert any("demo-01" in line for line in lines)


def descendants_mark() -> str:
    """Goes into the environment of a demo and of all that it starts."""
    return f"STREAM_TEST_MARK={os.urandom(8).hex()}"


def processes_with(mark: str) -> list[int]:
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark.encode() in (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if marked and state != "Z":
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize(
    "moment",
    ["at once", "Kafka's start", "a running demo"],
)
async def test_interrupted_at_any_moment_it_leaves_no_process_behind(moment: str) -> None:
    mark = descendants_mark()
    name, _, value = mark.partition("=")
    demo = await start_demo(**{name: value})
    assert demo.stdout is not None
    if moment == "at once":
        await until(lambda: bool(processes_with(mark)), "the demo's process")
    elif moment == "Kafka's start":
        await until(lambda: len(processes_with(mark)) >= 3, "the broker's processes")
    else:
        async with asyncio.timeout(60):
            while b"It stays and watches" not in await demo.stdout.readline():
                pass
    os.killpg(demo.pid, signal.SIGINT)
    # Read on, so that the demo does not wait for its reader.
    _, errors = await asyncio.wait_for(demo.communicate(), 60)
    # "At once" may hit the interpreter's own start, which says what it likes.
    if moment != "at once":
        assert demo.returncode in {0, 130}, errors.decode()
        assert b"Traceback" not in errors
    await until(lambda: not processes_with(mark), "the end of all its processes")


async def test_killed_it_leaves_no_folder_behind(tmp_path: Path) -> None:
    demo = await start_demo(TMPDIR=str(tmp_path), STREAM_LOG__LEVEL="error")
    assert demo.stdout is not None
    async with asyncio.timeout(60):
        while b"It stays and watches" not in await demo.stdout.readline():
            pass
    demo.kill()
    await asyncio.wait_for(demo.communicate(), 60)
    await until(lambda: not list(tmp_path.glob("stream-service-*")), "the end of its folders")


async def test_its_console_is_at_the_address_that_it_tells() -> None:
    demo = await start_demo(STREAM_LOG__LEVEL="error")
    assert demo.stdout is not None
    async with asyncio.timeout(60):
        while b"The console: " not in (line := await demo.stdout.readline()):
            assert line, "the demo ended"
    address = line.decode().rpartition("The console: ")[2].strip()
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:

        async def is_judged() -> bool:
            totals = (await client.get("/v1/totals")).json()["totals"]
            return sum(one["count"] for one in totals if one["outcome"] == "replied") > 10

        await until(is_judged, "the sample on the console", timeout_s=60)
        page = await client.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert "Feedback console" in page.text
    os.killpg(demo.pid, signal.SIGINT)
    _, errors = await asyncio.wait_for(demo.communicate(), 60)
    assert demo.returncode == 0, errors.decode()
    assert errors == b""
