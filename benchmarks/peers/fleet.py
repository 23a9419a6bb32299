"""The worker processes of one contender."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from benchmarks.peers.catalogue import Contender
from benchmarks.peers.job import LOADED, WorkerTask
from benchmarks.process import cpu_s

LOAD_TIMEOUT_S = 180.0
"""Four processes on two cores, each of which imports LangGraph and loads a local analyst."""

END_TIMEOUT_S = 15.0
"""From SIGTERM on; whoever takes longer is killed."""

_CHECKOUT = Path(__file__).parents[2]

SAMPLE_INTERVAL_S = 0.25
"""Between two readings of a process's CPU: its last one is all that a process leaves behind."""


class Worker:
    """One process."""

    def __init__(self, slot: int, process: asyncio.subprocess.Process) -> None:
        self.slot = slot
        self.process = process
        self.loading_cpu_s = 0.0
        self.last_cpu_s = 0.0
        self.is_expected_to_end = False

    @property
    def used_s(self) -> float:
        """Seconds of CPU since the judge was loaded."""
        if self.process.returncode is None:
            with suppress(OSError):
                self.last_cpu_s = cpu_s(self.process.pid)
        return self.last_cpu_s - self.loading_cpu_s


class Fleet:
    """All of them, as a supervisor runs them: who ends by itself is started again."""

    def __init__(self, contender: Contender, task: WorkerTask, log: Path) -> None:
        self._contender = contender
        self._task = task
        self._log = log
        self._workers: dict[int, Worker] = {}
        self._used_by_ended_s = 0.0
        self._watches: set[asyncio.Task[None]] = set()
        self.failures = 0
        """How often a worker has ended by itself."""

    async def __aenter__(self) -> "Fleet":
        """Start as many as the contender is run with."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for slot in range(self._contender.replicas):
                    tasks.create_task(self.start(slot))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await asyncio.gather(*(self.stop(slot) for slot in tuple(self._workers)))

    @property
    def used_s(self) -> float:
        """Seconds of CPU that all have used once they had loaded, those that have ended as well."""
        return self._used_by_ended_s + sum(worker.used_s for worker in self._workers.values())

    async def start(self, slot: int) -> None:
        """Start a worker and wait until it has loaded its judge. Raises TimeoutError, OSError."""
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                self._contender.python,
                "-m",
                "benchmarks.peers.worker",
                self._task_of(slot).to_json(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=_CHECKOUT,
                env={**os.environ, "PYTHONNOUSERSITE": "1"},
            )
        worker = self._workers[slot] = Worker(slot, process)
        assert process.stdout is not None
        async with asyncio.timeout(LOAD_TIMEOUT_S):
            async for line in process.stdout:
                if line.decode().strip() == LOADED:
                    break
            else:
                raise OSError(f"{self._contender.name} did not start: see {self._log}")
        worker.loading_cpu_s = worker.last_cpu_s = cpu_s(process.pid)
        self._watch(worker)

    async def kill(self, slot: int) -> None:
        """SIGKILL."""
        worker = self._leave(slot)
        worker.process.kill()
        await worker.process.wait()

    async def stop(self, slot: int) -> None:
        """SIGTERM, and SIGKILL for who does not end."""
        worker = self._leave(slot)
        with suppress(ProcessLookupError):
            worker.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await worker.process.wait()
        except TimeoutError:
            worker.process.kill()
            await worker.process.wait()

    def _task_of(self, slot: int) -> WorkerTask:
        return replace(self._task, job=replace(self._task.job, slot=slot))

    def _leave(self, slot: int) -> Worker:
        worker = self._workers.pop(slot)
        worker.is_expected_to_end = True
        self._used_by_ended_s += worker.used_s
        return worker

    def _watch(self, worker: Worker) -> None:
        watch = asyncio.create_task(self._restart(worker))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    async def _restart(self, worker: Worker) -> None:
        while worker.process.returncode is None:
            _ = worker.used_s
            await asyncio.sleep(SAMPLE_INTERVAL_S)
        if not worker.is_expected_to_end:
            self.failures += 1
            self._leave(worker.slot)
            await self.start(worker.slot)
