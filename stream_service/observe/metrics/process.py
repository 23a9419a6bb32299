"""What the process tells of itself, read so that a scrape need not wait for it.

prometheus_client's own collector reads two files and lists a folder at each scrape. A system call
lets other threads have the interpreter, the listing at every open file, and a thread that wants it
back from a busy one waits up to 5 ms each time: some 50 ms of a scrape beside a busy worker.
"""

import os
import resource
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

_OPEN_FILES = Path("/proc/self/fd")
_LINE_BYTES = 256


class ProcessFigures(Collector):
    """The ``process_*`` families of prometheus_client; none where there is no /proc."""

    def __init__(self) -> None:
        # Names and meanings are the library's, and what never changes.
        self._families = list(ProcessCollector(registry=None).collect())

    def collect(self) -> Iterator[Metric]:
        """Called by scrapes, from their threads."""
        now: Mapping[str, float] = _figures() if self._families else {}
        for family in self._families:
            fresh = Metric(family.name, family.documentation, family.type)
            for sample in family.samples:
                fresh.add_sample(sample.name, {}, now.get(sample.name, sample.value))
            yield fresh


def _figures() -> Mapping[str, float]:
    size, resident, *_ = os.pread(_memory(), _LINE_BYTES, 0).split()
    page_bytes = resource.getpagesize()
    times = os.times()
    return {
        "process_virtual_memory_bytes": float(int(size) * page_bytes),
        "process_resident_memory_bytes": float(int(resident) * page_bytes),
        "process_cpu_seconds_total": times.user + times.system,
        "process_open_fds": float(_open_files()),
    }


@cache
def _memory() -> int:
    """Kept open: reading it again is one system call."""
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


def _open_files() -> int:
    # Linux tells it as the folder's size since 6.2; before, that is 0.
    return _OPEN_FILES.stat().st_size or len(os.listdir(_OPEN_FILES))  # noqa: PTH208 - the quicker
