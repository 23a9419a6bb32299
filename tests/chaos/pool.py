"""The worker processes of a run."""

import asyncio
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parents[2]
PLACE = "PLACE"

_LOOK_S = 0.05
_ANSWER_S = 1.0
STOP_TIMEOUT_S = 40.0
"""Bound on a worker's clean end: a commit in flight (30 s), and leaving."""


@dataclass(frozen=True, slots=True)
class WorkerProgram:
    """What a worker process runs, and how its log tells how far it is.

    It finds the number of its place in the environment variable ``PLACE``: one that ends leaves it
    to the next that is started.
    """

    command: Sequence[str]
    begun: bytes
    """Stands in the log from when the process handles signals."""
    working: bytes
    """Stands in the log once the worker works."""
    environment: Mapping[str, str] | None = None
    """None: this process's own."""


class Worker:
    """One process, from its start to its end."""

    def __init__(
        self, name: str, place: int, program: WorkerProgram, log: IO[bytes], *, spared: bool
    ) -> None:
        self.name = name
        self.place = place
        self._program = program
        self.is_spared = spared
        """Whether no fault may end it."""
        self._log = Path(log.name)
        self.is_expected_to_end = False
        self.is_frozen = False
        self.peak_rss_mb = 0.0
        self._process = subprocess.Popen(
            program.command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=_ROOT,
            env={**(program.environment or os.environ), PLACE: str(place)},
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        return self._process.poll()

    @property
    def has_begun(self) -> bool:
        """Whether its signal handlers are there: before, SIGUSR1 would end it."""
        return self._program.begun in self._log.read_bytes()

    @property
    def is_working(self) -> bool:
        """Whether it does what it is there for."""
        return self._program.working in self._log.read_bytes()

    def send(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def measure(self) -> None:
        """Keep the highest resident size that the kernel has seen."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_rss_mb = max(self.peak_rss_mb, int(line.split()[1]) / 1024)

    def wait(self, timeout_s: float) -> int:
        return self._process.wait(timeout_s)


class WorkerPool:
    """Starts workers, and knows which of them should be there."""

    def __init__(
        self,
        program: WorkerProgram,
        folder: Path,
        tell: Callable[[str], None],
        *,
        look_s: float = _LOOK_S,
    ) -> None:
        self._program = program
        self._look_s = look_s
        self._folder = folder
        self._tell = tell
        self._all: list[Worker] = []
        self.complaints: list[str] = []

    def start(self, *, spared: bool = False) -> Worker:
        """Start one more; one that is ``spared`` is ended by no fault."""
        name = f"worker-{len(self._all)}"
        with (self._folder / f"{name}.log").open("wb") as log:
            worker = Worker(name, self._free_place(), self._program, log, spared=spared)
        self._all.append(worker)
        self._tell(f"{name} started, pid {worker.pid}")
        return worker

    def _free_place(self) -> int:
        taken = {worker.place for worker in self._all if worker.exit_status is None}
        return next(place for place in itertools.count() if place not in taken)

    @property
    def alive(self) -> Sequence[Worker]:
        """Those that run, were not told to end, and are not frozen."""
        return [
            worker
            for worker in self._all
            if worker.exit_status is None and not worker.is_expected_to_end and not worker.is_frozen
        ]

    @property
    def peak_rss_mb(self) -> float:
        return max((worker.peak_rss_mb for worker in self._all), default=0)

    def kill(self, worker: Worker) -> None:
        worker.is_expected_to_end = True
        worker.send(signal.SIGKILL)
        self._tell(f"{worker.name} SIGKILL")

    def terminate(self, worker: Worker) -> None:
        worker.is_expected_to_end = True
        worker.send(signal.SIGTERM)
        self._tell(f"{worker.name} SIGTERM")

    def freeze(self, worker: Worker) -> None:
        worker.is_frozen = True
        worker.send(signal.SIGSTOP)
        self._tell(f"{worker.name} SIGSTOP")

    def wake(self, worker: Worker) -> None:
        worker.is_frozen = False
        worker.send(signal.SIGCONT)
        self._tell(f"{worker.name} SIGCONT")

    async def wait_until_working(self, timeout_s: float) -> None:
        """Wait until every worker works, for so long at most."""
        deadline = time.monotonic() + timeout_s
        while not all(worker.is_working for worker in self.alive):
            if time.monotonic() > deadline:
                self._tell(f"not every worker works within {timeout_s:g} s")
                return
            await asyncio.sleep(_LOOK_S)

    async def watch(self) -> None:
        """Replace workers that end by themselves, and complain of it, until cancelled."""
        while True:
            for worker in tuple(self._all):
                status = worker.exit_status
                if status is None:
                    worker.measure()
                elif not worker.is_expected_to_end:
                    worker.is_expected_to_end = True
                    self.complain(f"{worker.name} ended by itself with status {status}")
                    self.start(spared=worker.is_spared)
            await asyncio.sleep(self._look_s)

    def complain(self, what: str) -> None:
        self.complaints.append(what)
        self._tell(f"COMPLAINT: {what}")

    async def stop(self) -> None:
        """SIGTERM to all; complain of those that do not end in time, or not well."""
        for worker in self.alive:
            self.terminate(worker)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while any(worker.exit_status is None for worker in self._all):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(_LOOK_S)
        await self.ask_where_they_stand()
        for worker in self._all:
            status = worker.exit_status
            if status is None:
                self.complain(f"{worker.name} did not end within {STOP_TIMEOUT_S:g} s")
            elif status not in (0, -signal.SIGKILL, -signal.SIGTERM):
                self.complain(f"{worker.name} ended with status {status}")

    async def ask_where_they_stand(self) -> None:
        """Let the workers that are left write their tasks' stacks into their logs."""
        left = [worker for worker in self._all if worker.exit_status is None and worker.has_begun]
        for worker in left:
            worker.send(signal.SIGUSR2)
        if left:
            await asyncio.sleep(_ANSWER_S)

    def reap(self) -> None:
        """Kill whatever is left; called at the end whatever happened."""
        for worker in self._all:
            worker.send(signal.SIGKILL)
        for worker in self._all:
            worker.wait(10)
