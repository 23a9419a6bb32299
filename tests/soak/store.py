"""The console's PostgreSQL, which is stopped, killed and starved of room."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.soak.disk import SmallDisk

_START_TIMEOUT_S = 60.0
_LOOK_S = 0.5


class ConsoleStore:
    """One database server, and the disk that it is on where that is a small one."""

    def __init__(self, server: Any, disk: SmallDisk | None, tell: Callable[[str], None]) -> None:
        self._server = server
        self._disk = disk
        self._tell = tell
        # What is being starved is not stopped too: nobody could tell what it died of.
        self._one_at_a_time = asyncio.Lock()

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    @property
    def has_small_disk(self) -> bool:
        return self._disk is not None

    async def restart(self, down_s: float, *, crash: bool) -> None:
        """End it, as in a crash or cleanly, and start it after ``down_s``."""
        async with self._one_at_a_time:
            self._tell(f"PostgreSQL {'is killed' if crash else 'stops'}, down for {down_s:.1f} s")
            if crash:
                os.kill(self._server.get_pid(), signal.SIGQUIT)
            else:
                await asyncio.to_thread(self._server.stop)
            await asyncio.sleep(down_s)
            await self._start()

    async def starve(self, lasts_s: float) -> None:
        """Leave it no room for so long; if it dies of that, it is started once there is room."""
        assert self._disk is not None
        async with self._one_at_a_time:
            self._tell(f"PostgreSQL's disk is full for {lasts_s:.1f} s")
            await asyncio.to_thread(self._disk.fill)
            try:
                await asyncio.sleep(lasts_s)
            finally:
                await asyncio.to_thread(self._disk.free)
            await self._start()

    async def _start(self) -> None:
        """A server that still recovers, or still ends, is asked again."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                await asyncio.to_thread(self._start_and_ask)
            except (OSError, subprocess.SubprocessError, AssertionError):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_LOOK_S)
            else:
                self._tell("PostgreSQL serves")
                return

    def _start_and_ask(self) -> None:
        with suppress(AssertionError):
            self._server.ensure_postgres_running()
        self._server.psql("SELECT 1;")
