"""The console as its users run it: the command in a process of its own."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.cluster import Cluster
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment, flags

STARTS_WITHIN_S = 120.0
"""It imports, migrates its database and loads models; on a busy machine that takes its time."""


@dataclass
class ConsoleProcess:
    """A console that can be killed and started again, always at the same place."""

    cluster: Cluster
    database_url: str
    port: int
    settings: Sequence[str] = ()
    log: Path = Path(os.devnull)
    process: subprocess.Popen[bytes] | None = None
    analyze: bool = False
    command: Sequence[str] = tuple(COMMAND)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, client: httpx.AsyncClient) -> None:
        """Start it, and wait until it answers."""
        self._spawn()

        async def answers() -> bool:
            try:
                return (await client.get(f"{self.url}/health/live")).status_code == 200
            except httpx.TransportError:
                return False

        await until(answers, "the console to answer", timeout_s=STARTS_WITHIN_S)

    def _spawn(self) -> None:
        words = [word for setting in self.settings for word in ("--set", setting)]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*self.command, *flags(self.cluster), *words, "console", "--port", str(self.port)],
                stderr=output,
                env=environment(
                    STREAM_CONSOLE__DATABASE_URL=self.database_url,
                    STREAM_CONSOLE__ANALYZE=str(self.analyze).lower(),
                ),
            )

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    async def terminate(self) -> int:
        """Ask it to end; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self.process.wait, 30)
        self.process = None
        return code
