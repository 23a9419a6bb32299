"""``stream-service run --workers N``: as many worker processes, kept alive."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from prometheus_client import CollectorRegistry

from stream_service.commands.process.failures import EXIT_FAILED, EXIT_USAGE
from stream_service.commands.process.hung_workers import until_hung
from stream_service.commands.process.running import run, stop_on_signals
from stream_service.observe.http import ObservationServer
from stream_service.observe.logs import logger
from stream_service.observe.metrics.page import metrics_page
from stream_service.observe.workers.fleet import Fleet
from stream_service.settings import Settings

_COMMAND = (sys.executable, "-c", "from stream_service.cli import main; main()")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """When a worker that died is started again."""

    first_delay_s: float = 1.0
    max_delay_s: float = 30.0
    proven_after_s: float = 60.0
    """A worker that lived so long has proven that it can; its failures count anew."""
    give_up_after: int = 6
    """Failures in a row; by then it is the settings or the cluster, and an operator must know."""

    def delay_s(self, failures: int) -> float:
        """Doubling from failure to failure."""
        return min(self.max_delay_s, self.first_delay_s * 2 ** (failures - 1))


def run_workers(
    settings: Settings, overrides: Sequence[str], workers: int, policy: RestartPolicy
) -> int:
    """Run ``workers`` processes until a signal comes; returns the exit code.

    0 after a signal when all of them drained, 2 when one refused its settings, 1 when one could not
    be kept alive or did not end in time. Metrics and health of all are served at one port.
    Raises ServingFailed.
    """
    if not settings.metrics.enabled:
        return run(_Supervisor(settings, overrides, workers, policy, None).run())
    with _served(settings) as fleet:
        return run(_Supervisor(settings, overrides, workers, policy, fleet).run())


@contextmanager
def _served(settings: Settings) -> Generator[Fleet]:
    # The workers' sockets are nobody else's: the folder is readable by its owner alone.
    with tempfile.TemporaryDirectory(prefix="stream-service-") as folder:
        fleet = Fleet(Path(folder))
        registry = CollectorRegistry()
        registry.register(fleet)
        with (
            closing(fleet),
            ObservationServer(
                settings.metrics.host,
                settings.metrics.port,
                metrics=metrics_page(registry),
                health=fleet.health,
                setting="metrics.port",
            ) as server,
        ):
            logger().info("metrics_served", host=settings.metrics.host, port=server.port)
            yield fleet


def stopping_within_s(settings: Settings) -> float:
    """What a worker's end may take, in seconds: the judges', a commit's answer, leaving the group.

    Whoever stops workers, an orchestrator too, must give them longer.
    """
    return settings.consumer.drain_s * 2 + 40


class _Supervisor:
    def __init__(
        self,
        settings: Settings,
        overrides: Sequence[str],
        workers: int,
        policy: RestartPolicy,
        fleet: Fleet | None,
    ) -> None:
        self._settings = settings
        self._overrides = overrides
        self._workers = workers
        self._policy = policy
        self._fleet = fleet
        self._log = logger()
        self._instance_id = settings.consumer.group_instance_id or uuid4().hex[:12]
        self._stop = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        # Workers drain when the writing end is gone: at our stop, and when this process has died. A
        # signal would be their second one where the system sends one to every process of a service
        # (systemd does), and the second one kills.
        alive_for_children, alive = os.pipe()
        with os.fdopen(alive_for_children, "rb"), os.fdopen(alive, "wb") as alive_here:
            async with stop_on_signals() as signalled, asyncio.TaskGroup() as tasks:
                for index in range(self._workers):
                    tasks.create_task(self._keep_alive(index, alive_for_children))
                watching = tasks.create_task(self._forward(signalled))
                await self._stop.wait()
                watching.cancel()
                alive_here.close()
        return self._code

    async def _forward(self, signalled: asyncio.Event) -> None:
        await signalled.wait()
        self._stop.set()

    async def _keep_alive(self, index: int, alive: int) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            started = loop.time()
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                *self._flags(index),
                "run",
                "--alive-descriptor",
                str(alive),
                *self._observation(index),
                pass_fds=(alive,),
                # A Ctrl-C in the terminal is ours to hand on, once.
                start_new_session=True,
            )
            if self._fleet is not None:
                self._fleet.started(index)
            code = await self._wait(process, index)
            if self._fleet is not None:
                self._fleet.ended(index)
            if self._stop.is_set():
                self._code = self._code or (0 if code == 0 else EXIT_FAILED)
                return
            if loop.time() - started >= self._policy.proven_after_s:
                failures = 0
            failures += 1
            if self._fleet is not None:
                self._fleet.died()
            self._log.error("worker_died", worker=index, pid=process.pid, exit_code=code)
            if code == EXIT_USAGE or failures >= self._policy.give_up_after:
                self._log.error("worker_given_up", worker=index, failures=failures)
                self._code = code if code == EXIT_USAGE else EXIT_FAILED
                self._stop.set()
                return
            await _wait_bounded(self._stop, self._policy.delay_s(failures))

    async def _wait(self, process: asyncio.subprocess.Process, index: int) -> int:
        """Wait for the process; once we are to stop, or it hangs, see to it that it ends."""
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stop.wait())
        hanging = asyncio.create_task(self._hung(index))
        try:
            await asyncio.wait({ended, stopping, hanging}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                return await ended
            if hanging.done():
                await hanging
                # What hangs cannot heed anything milder.
                self._log.error("worker_hung", worker=index, pid=process.pid)
                process.kill()
                return await ended
            grace_s = stopping_within_s(self._settings)
            await asyncio.wait({ended}, timeout=grace_s)
            if not ended.done():
                self._log.error("worker_killed", pid=process.pid, grace_s=grace_s)
                process.kill()
            return await ended
        finally:
            stopping.cancel()
            hanging.cancel()
            await asyncio.wait({stopping, hanging})
            if not ended.done():
                process.kill()
                await ended

    async def _hung(self, index: int) -> None:
        """Return once it hangs; without metrics it has no way to tell, and this never returns."""
        if self._fleet is None:
            await asyncio.Event().wait()
        else:
            await until_hung(self._fleet, index, self._settings.metrics.live_within_s)

    def _observation(self, index: int) -> Sequence[str]:
        if self._fleet is None:
            return ()
        return ("--observation-socket", str(self._fleet.socket(index)))

    def _flags(self, index: int) -> Sequence[str]:
        given = [word for override in self._overrides for word in ("--set", override)]
        # One that dies is started again long before the group would give it up: it finds its
        # partitions, and the others are not disturbed.
        given += ["--set", f"consumer.group_instance_id={self._instance_id}-{index}"]
        if self._settings.consumer.group_instance_id is None:
            given += ["--set", "consumer.leave_at_stop=true"]
        return given


async def _wait_bounded(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
