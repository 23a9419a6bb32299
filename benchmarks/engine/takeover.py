"""How long a killed worker's partitions stand still: until another worker has taken them over, or
until one that is started at once has come back to its place."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any, cast
from uuid import uuid4

from stream_service.contracts.topics import Topics
from tests.chaos.feeder import Feeder
from tests.chaos.pool import PLACE
from tests.chaos.worker import WorkerSettings
from tests.chaos.workload import Workload
from tests.support.cluster import Cluster
from tests.support.waiting import until

PARTITIONS = 4
EVENTS_PER_S = 200

_WORKLOAD = Workload(
    seed=1,
    keys=1_000,
    events_per_s=EVENTS_PER_S,
    poison_share=0,
    flaky_share=0,
    malformed_share=0,
    slow_share=0,
    slow_every=0,
    very_slow_s=0,
)


class _Worker:
    """A worker process, and what it has said of its partitions so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.published_at: dict[str, list[float]] = {}
        """When each partition's outputs were confirmed, in seconds since 1970."""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, settings: WorkerSettings, place: int) -> "_Worker":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.chaos.worker",
                settings.to_json(),
                stderr=-1,
                env={**os.environ, PLACE: str(place)},
            )
        )

    async def _listen(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        async for line in stream:
            with suppress(json.JSONDecodeError):
                said = cast(dict[str, Any], json.loads(line))
                if said["what"] == "published":
                    self.published_at.setdefault(said["partition"], []).append(said["at"])

    async def end(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()
        await self._listening


async def kill_to_resumed_s(
    bootstrap_servers: str, session_timeout_s: float, *, replaced: bool = False
) -> float:
    """Seconds from SIGKILL to the first output of the last of the dead worker's partitions.

    ``replaced``: not by the worker that is left, but by one that is started at once in the dead
    one's place, as a supervisor does.
    """
    prefix = f"b{uuid4().hex[:12]}."
    cluster = Cluster(bootstrap_servers, Topics(prefix))
    await cluster.create_topics(partitions=PARTITIONS)
    settings = WorkerSettings(
        bootstrap_servers=bootstrap_servers,
        group_id=f"{prefix}workers",
        topic_prefix=prefix,
        session_timeout_s=session_timeout_s,
        in_flight=100,
        window_events=2_000,
        workload=_WORKLOAD,
        clock_jumps_s=(),
        static_members=replaced,
    )
    fed = asyncio.Event()
    feeder = Feeder(cluster.connection, cluster.topics, _WORKLOAD, lambda _said: None)
    workers: list[_Worker] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(feeder.run(fed))
        try:
            workers += [await _Worker.start(settings, place) for place in range(2)]
            doomed, heir = workers
            await until(lambda: _share(doomed, heir), "both workers to have a share", timeout_s=60)
            await doomed.end(signal.SIGKILL)
            killed_at = time.time()
            if replaced:
                heir = await _Worker.start(settings, 0)
                workers.append(heir)
            orphans = {
                partition
                for partition, times in doomed.published_at.items()
                if times[-1] > killed_at - 1
            }
            await until(
                lambda: all(_resumed_at(heir, one, killed_at) for one in orphans),
                "the dead worker's partitions to go on",
                timeout_s=60,
            )
            return max(_resumed_at(heir, one, killed_at) or 0 for one in orphans) - killed_at
        finally:
            fed.set()
            for worker in workers:
                await worker.end(signal.SIGTERM)


def _share(*workers: _Worker) -> bool:
    """Whether the partitions have settled: each had outputs of one worker alone just now."""
    now = time.time()
    busy = [
        {partition for partition, times in worker.published_at.items() if times[-1] > now - 1}
        for worker in workers
    ]
    return len(busy[0]) == len(busy[1]) == PARTITIONS // 2 and not busy[0] & busy[1]


def _resumed_at(worker: _Worker, partition: str, after: float) -> float | None:
    times = worker.published_at.get(partition, [])
    return next((at for at in times if at > after), None)
