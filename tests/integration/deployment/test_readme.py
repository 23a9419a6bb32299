"""The README, followed word for word on a cluster that is just there."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
import pytest

from stream_service.devkit.llm_simulator import Behaviour, SimulatorProcess
from tests.support.cluster import Cluster
from tests.support.console_process import STARTS_WITHIN_S
from tests.support.documents import ROOT, Document
from tests.support.waiting import until

ELSEWHERE = {
    "make demo": "tests/integration/commands/test_demo.py runs it",
    "make test": "this is it",
}

STAYS: dict[str, str | None] = {
    "stream-service run --workers 2": None,
    ".venv/bin/stream-service -b 127.0.0.1:PORT subscribe replies --from-beginning": "praise",
    ".venv/bin/stream-service -b 127.0.0.1:PORT console": None,
    "stream-service lag --watch": "feedback.events",
}
"""What runs until it is stopped, and what it is to show meanwhile."""

FIRST = ("export ", "stream-service topics create", "stream-service run")
"""Told last, to those who have a cluster; the rest needs it."""


@dataclass
class Shell:
    """Runs lines as a reader would who has put in the names of their own machines."""

    folder: Path
    environment: dict[str, str]
    substitutes: dict[str, str]
    running: list[asyncio.subprocess.Process] = field(
        default_factory=list[asyncio.subprocess.Process]
    )

    def _own(self, line: str) -> str:
        for told, own in self.substitutes.items():
            line = line.replace(told, own)
        return line

    async def export(self, line: str) -> None:
        name, _, value = self._own(line.removeprefix("export ")).partition("=")
        self.environment[name] = value

    async def start(self, line: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            f"exec {self._own(line)}" if line in STAYS else self._own(line),
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.running.append(process)
        return process

    async def run(self, line: str) -> str:
        process = await self.start(line)
        written, _ = await asyncio.wait_for(process.communicate(), 90)
        assert process.returncode == 0, f"{line}\n{written.decode()}"
        return written.decode()

    async def shows(self, process: asyncio.subprocess.Process, what: str) -> None:
        assert process.stdout is not None
        seen = b""
        try:
            async with asyncio.timeout(90):
                while what.encode() not in seen:
                    part = await process.stdout.read(4096)
                    assert part, f"ended without {what!r}: {seen.decode()}"
                    seen += part
        except TimeoutError:
            raise AssertionError(f"{what!r} is not in {seen.decode()!r}") from None

    async def stop_all(self) -> None:
        for process in self.running:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.communicate(), 60)


@asynccontextmanager
async def shell_at(cluster: Cluster, folder: Path, model_url: str) -> AsyncGenerator[Shell]:
    bin_folder = Path(sys.executable).parent
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(bin_folder)
    (folder / "feedback.csv").write_text(
        "text,customer_id,rating\nI love this lamp. Thank you so much!,c-1,5\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_")}
    shell = Shell(
        folder,
        {
            **kept,
            "PATH": f"{bin_folder}:{kept['PATH']}",
            "STREAM_TOPICS__PREFIX": cluster.topics.prefix,
            "STREAM_CONSUMER__GROUP_ID": f"{cluster.topics.prefix}workers",
            "STREAM_METRICS__PORT": "0",
            "STREAM_CONSOLE__PORT": "0",
            "STREAM_LAG__GROUPS": f"{cluster.topics.prefix}.*",
            "STREAM_LAG__INTERVAL_S": "1",
            # Lines are cut to a terminal's width, which there is none of.
            "COLUMNS": "200",
        },
        {
            "127.0.0.1:PORT": cluster.bootstrap_servers,
            "kafka-1:9092,kafka-2:9092,kafka-3:9092": cluster.bootstrap_servers,
            "http://host:8000/v1": model_url,
            "NAME": "a-model",
        },
    )
    try:
        yield shell
    finally:
        await shell.stop_all()


def readme_commands(chosen: Callable[[str], bool]) -> list[str]:
    return [line for line in Document(ROOT / "README.md").commands() if chosen(line)]


async def console_answers(process: asyncio.subprocess.Process) -> None:
    """The address that it names answers."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while b"console_started" not in (line := await process.stdout.readline()):
            assert line, "the console has ended"
    port = orjson.loads(line)["port"]
    async with httpx.AsyncClient() as client:

        async def healthy() -> bool:
            return (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success

        await until(healthy, "the console to be ready", timeout_s=STARTS_WITHIN_S)


@pytest.mark.timeout(400)
async def test_the_readme_works_as_it_is_written(cluster: Cluster, tmp_path: Path) -> None:
    lines = readme_commands(lambda line: line not in ELSEWHERE)
    assert set(STAYS) <= set(lines), "the README has changed: say here what stays"
    ordered = sorted(lines, key=lambda line: not line.startswith(FIRST))
    shown: list[str] = []
    staying: dict[str, asyncio.subprocess.Process] = {}
    async with (
        SimulatorProcess.start(Behaviour()) as simulator,
        shell_at(cluster, tmp_path, simulator.base_url) as shell,
    ):
        for line in ordered:
            if line.startswith("export "):
                await shell.export(line)
            elif line not in STAYS:
                shown.append(await shell.run(line))
            else:
                staying[line] = await shell.start(line)
        for line, process in staying.items():
            if awaited := STAYS[line]:
                await shell.shows(process, awaited)
            elif line.endswith(" console"):
                await console_answers(process)
    assert sum("outcome  " in text for text in shown) == 2, "two texts are analysed"
