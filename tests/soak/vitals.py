"""Memory, open files and tasks of the service's processes, looked at from outside."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.soak.trend import Samples, Trend, growth_of_floor, trend_of

LOOK_S = 5.0
_START_UP_S = 120.0
"""What a process takes until it has loaded all and opened its connections is no leak."""
_MOST_MISSING = 0.2
"""A process that was there for less of the measured time than the rest of this is not judged."""


@dataclass(slots=True)
class Life:
    """What was seen of one process, as seconds of time.monotonic and figures."""

    memory_mb: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Its own: what it has written to. It alone can leak."""
    file_mb: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Pages of files that it has read where they are mapped (libraries, the local analyst's model,
    a dictionary). A new word touches new ones, up to the files' size, and the machine takes them
    back when it needs the room."""
    rss_mb: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    handles: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Open files beside connections to Kafka, of which each is a task."""
    tasks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])


@dataclass(frozen=True, slots=True)
class Vitals:
    """What became of one process in the measured time."""

    memory: Trend
    rss: Trend
    rss_mb: float
    """The mean of the last tenth."""
    handle_growth: float
    task_growth: float


class VitalSigns:
    """Samples the processes that it is told of."""

    def __init__(self, folder: Path, targets: Callable[[], Mapping[str, int]]) -> None:
        """``targets`` tells the names and process ids of those that run now."""
        self._folder = folder
        self._targets = targets
        self._lives: defaultdict[tuple[str, int], Life] = defaultdict(Life)

    async def watch(self) -> None:
        """Look every few seconds, until cancelled."""
        while True:
            for name, pid in self._targets().items():
                self._look(self._lives[name, pid], pid)
            await asyncio.sleep(LOOK_S)

    def _look(self, life: Life, pid: int) -> None:
        now = time.monotonic()
        try:
            resident = resident_mb(pid)
        except OSError:
            return
        life.memory_mb.append((now, resident.memory))
        life.file_mb.append((now, resident.files))
        life.rss_mb.append((now, resident.memory + resident.files))
        try:
            tasks, handles = (self._folder / f"tasks-{pid}").read_text("ascii").split()
            life.tasks.append((now, float(tasks)))
            life.handles.append((now, float(handles)))
        except (OSError, ValueError):
            # Not begun to count yet, or in the middle of writing.
            return

    def latest_mb(self) -> Mapping[str, float]:
        """The size of each process that runs now."""
        return {
            name: self._lives[name, pid].rss_mb[-1][1]
            for name, pid in self._targets().items()
            if self._lives[name, pid].rss_mb
        }

    def series(self) -> Mapping[str, Life]:
        """All that was seen, by name and process id."""
        return {f"{name}-{pid}": life for (name, pid), life in self._lives.items()}

    def judged(self, since: float, until: float) -> Mapping[str, Vitals]:
        """Of every process that was there for nearly all of that time (of time.monotonic)."""
        least_s = (until - since) * (1 - _MOST_MISSING)
        judged: dict[str, Vitals] = {}
        for (name, pid), life in self._lives.items():
            if not life.rss_mb:
                continue
            begin = max(since, life.rss_mb[0][0] + _START_UP_S)
            rss = _within(life.rss_mb, begin, until)
            if not rss or rss[-1][0] - rss[0][0] < least_s:
                continue
            last = rss[-max(1, len(rss) // 10) :]
            judged[f"{name}-{pid}"] = Vitals(
                memory=trend_of(_within(life.memory_mb, begin, until)),
                rss=trend_of(rss),
                rss_mb=sum(value for _, value in last) / len(last),
                handle_growth=growth_of_floor(_within(life.handles, begin, until)),
                task_growth=growth_of_floor(_within(life.tasks, begin, until)),
            )
        return judged


class ResidentMb(NamedTuple):
    """What a process holds in memory, in MB."""

    memory: float
    files: float


def resident_mb(pid: int) -> ResidentMb:
    """Told by Linux (proc(5)); raises OSError where the process is gone."""
    kilobytes = {"RssAnon": 0, "RssShmem": 0, "RssFile": 0}
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name in kilobytes:
            kilobytes[name] = int(value.split()[0])
    to_mb = 1_024 / 1e6
    own = kilobytes["RssAnon"] + kilobytes["RssShmem"]
    return ResidentMb(own * to_mb, kilobytes["RssFile"] * to_mb)


def _within(samples: Samples, since: float, until: float) -> Samples:
    return [(moment, value) for moment, value in samples if since <= moment <= until]
