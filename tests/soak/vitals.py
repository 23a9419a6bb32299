"""Memory, open files and tasks of the service's processes, looked at from outside."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.trend import Samples, Trend, growth_of_floor, trend_of

LOOK_S = 5.0
_PAGE_BYTES = 4_096
_START_UP_S = 120.0
"""What a process takes until it has loaded all and opened its connections is no leak."""
_MOST_MISSING = 0.2
"""A process that was there for less of the measured time than the rest of this is not judged."""


@dataclass(slots=True)
class Life:
    """What was seen of one process."""

    rss_mb: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    handles: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    tasks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])


@dataclass(frozen=True, slots=True)
class Vitals:
    """What became of one process in the measured time."""

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
            resident = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
            handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except OSError:
            return
        life.rss_mb.append((now, resident * _PAGE_BYTES / 1e6))
        life.handles.append((now, float(handles)))
        try:
            life.tasks.append((now, float((self._folder / f"tasks-{pid}").read_text("ascii"))))
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
                rss=trend_of(rss),
                rss_mb=sum(value for _, value in last) / len(last),
                handle_growth=growth_of_floor(_within(life.handles, begin, until)),
                task_growth=growth_of_floor(_within(life.tasks, begin, until)),
            )
        return judged


def _within(samples: Samples, since: float, until: float) -> Samples:
    return [(moment, value) for moment, value in samples if since <= moment <= until]
