"""The near end of `_supervisor`: a process that ends when this one does."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SUPERVISOR = Path(__file__).with_name("_supervisor.py")

# Its exit is looked at, not waited for: so no event loop owns the process, and a fixture of one
# loop can be used by tests that run on another.
POLL_INTERVAL_S = 0.01

# From a signal to the process's end there is only the kernel's work; a loaded machine is slow.
KILL_TIMEOUT_S = 10.0

# All threads of a broker stand still within milliseconds; a loaded machine is slow here too.
SUSPEND_TIMEOUT_S = 10.0


class SupervisedProcess:
    """A running command, in a session of its own. Make one with `start`."""

    def __init__(self, supervisor: subprocess.Popen[bytes], pid: int) -> None:
        self._supervisor = supervisor
        self.pid = pid

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        console: Path,
        environment: Mapping[str, str],
        remove_when_orphaned: Path | None,
    ) -> SupervisedProcess:
        """Start a command; what it prints is appended to `console`.

        When this process dies, the command is killed, and then that folder is removed.
        Raises OSError when the command cannot be run.
        """
        arguments = [sys.executable, "-I", "-S", str(SUPERVISOR)]
        if remove_when_orphaned is not None:
            arguments += ["--remove", str(remove_when_orphaned)]

        def spawn() -> tuple[subprocess.Popen[bytes], bytes]:
            with console.open("ab") as output:
                supervisor = subprocess.Popen(  # noqa: S603 (our own script)
                    [*arguments, *command],
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=output,
                    env=dict(environment),
                    start_new_session=True,
                )
            assert supervisor.stdout is not None  # noqa: S101 (for the type checker)
            return supervisor, supervisor.stdout.readline()

        spawning = asyncio.ensure_future(asyncio.to_thread(spawn))
        try:
            supervisor, answer = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            # The thread cannot be stopped, and what it starts must not be forgotten.
            await asyncio.wait([spawning])
            if spawning.exception() is None:
                await asyncio.to_thread(_end, spawning.result()[0])
            raise
        if not answer:
            await asyncio.to_thread(_end, supervisor)
            raise OSError(f"{command[0]} could not be run; see {console}")
        return cls(supervisor, int(answer))

    @property
    def exit_status(self) -> int | None:
        """How the command ended: its status, 128 + n after signal n, or None while it runs."""
        status = self._supervisor.poll()
        if status is not None:
            _close_pipes(self._supervisor)
            if status < 0:
                self._sweep()
        return status

    def send(self, number: signal.Signals) -> None:
        """Send the command a signal; does nothing once it has ended."""
        pipe = self._supervisor.stdin
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):
                os.write(pipe.fileno(), bytes([number]))

    async def suspend(self) -> None:
        """Freeze the command by SIGSTOP; returns once it stands still, or has ended.

        Raises TimeoutError when the machine does not manage that.
        """
        self.send(signal.SIGSTOP)
        answer = self._supervisor.stdout
        assert answer is not None  # noqa: S101 (for the type checker)
        deadline = time.monotonic() + SUSPEND_TIMEOUT_S
        while self.exit_status is None:
            if select.select([answer], [], [], 0)[0]:
                answer.read(1)
                return
            if time.monotonic() >= deadline:
                raise TimeoutError(f"process {self.pid} does not stand still")
            await asyncio.sleep(POLL_INTERVAL_S)

    async def ended(self, *, timeout_s: float) -> bool:
        """Wait until the command has ended; False if it still runs after the time given."""
        deadline = time.monotonic() + timeout_s
        while self.exit_status is None:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(POLL_INTERVAL_S)
        return True

    async def kill(self) -> None:
        """End the command at once by SIGKILL, and wait for that."""
        self.send(signal.SIGKILL)
        if not await self.ended(timeout_s=KILL_TIMEOUT_S):
            self.abandon()

    def abandon(self) -> None:
        """End the command at once without waiting: what is left to do when nothing can wait."""
        _close_pipes(self._supervisor)

    def _sweep(self) -> None:
        # The supervisor itself was killed; the command is what is left of its group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._supervisor.pid, signal.SIGKILL)


def _end(supervisor: subprocess.Popen[bytes]) -> None:
    _close_pipes(supervisor)
    with suppress(subprocess.TimeoutExpired):
        supervisor.wait(KILL_TIMEOUT_S)


def _close_pipes(supervisor: subprocess.Popen[bytes]) -> None:
    if supervisor.stdin is not None:
        with suppress(BrokenPipeError):
            supervisor.stdin.close()
    if supervisor.stdout is not None:
        supervisor.stdout.close()
