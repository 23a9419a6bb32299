"""The process's own figures are those of prometheus_client, only cheaper to read."""

import os
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.registry import Collector

from stream_service.observe.metrics import process as process_module
from stream_service.observe.metrics.process import ProcessFigures
from tests.support.scraping import Scrape

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="there is no /proc")


def _told(collector: Collector) -> Scrape:
    registry = CollectorRegistry()
    registry.register(collector)
    return Scrape(generate_latest(registry).decode())


def test_they_are_those_of_the_library() -> None:
    ours, theirs = _told(ProcessFigures()), _told(ProcessCollector(registry=None))
    assert ours.series.keys() == theirs.series.keys()
    assert len(ours.series) == 6
    for name in ("process_start_time_seconds", "process_max_fds"):
        assert ours.total(name) == theirs.total(name)
    for name in ("process_virtual_memory_bytes", "process_resident_memory_bytes"):
        assert ours.total(name) == pytest.approx(theirs.total(name), rel=0.1)
    assert ours.total("process_cpu_seconds_total") == pytest.approx(
        theirs.total("process_cpu_seconds_total"), abs=0.5
    )


def test_they_are_of_now() -> None:
    figures = ProcessFigures()
    before = _told(figures)
    descriptors = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    held = bytearray(64 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    spent = time.process_time()
    while time.process_time() - spent < 0.05:
        pass
    try:
        after = _told(figures)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    assert after.total("process_open_fds") == before.total("process_open_fds") + 20
    grown = after.total("process_resident_memory_bytes") - before.total(
        "process_resident_memory_bytes"
    )
    assert grown > 32 * 1024 * 1024
    assert after.total("process_cpu_seconds_total") > before.total("process_cpu_seconds_total")


def test_an_older_kernel_does_not_tell_the_folders_size(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = ProcessFigures()
    newer = _told(fresh).total("process_open_fds")
    monkeypatch.setattr(process_module, "_OPEN_FILES", _WithoutSize("/proc/self/fd"))
    older = _told(fresh).total("process_open_fds")
    assert older - newer in {0, 1}, "the listing itself is an open file"


class _WithoutSize(type(Path())):
    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat_result((0,) * 10)
