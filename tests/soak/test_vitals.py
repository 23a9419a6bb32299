"""Processes are looked at from outside, and judged once they have started up."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.soak.vitals import VitalSigns
from tests.support.waiting import until

LIFE_S = 3_000.0


def lived(folder: Path, *, began: float) -> VitalSigns:
    """A process that opens 40 files while it starts, and none afterwards."""
    signs = VitalSigns(folder, dict)
    life = signs._lives["console", 7]  # pyright: ignore[reportPrivateUsage] - as it is filled
    for number in range(int((LIFE_S - began) / 5)):
        moment = began + number * 5
        life.memory_mb.append((moment, 6.0 if number < 3 else 120.0))
        life.rss_mb.append((moment, 10.0 if number < 3 else 150.0))
        life.handles.append((moment, 3.0 if number < 3 else 43.0))
        life.tasks.append((moment, 0.0 if number < 3 else 30.0))
    return signs


def test_starting_up_is_no_leak(tmp_path: Path) -> None:
    [(name, one)] = lived(tmp_path, began=1_000).judged(1_000, LIFE_S).items()
    assert name == "console-7"
    assert (one.handle_growth, one.task_growth) == (0, 0)
    assert abs(one.memory.slope_per_h) < 0.1
    assert abs(one.rss.slope_per_h) < 0.1
    assert one.rss_mb == 150


def test_who_came_late_is_not_judged(tmp_path: Path) -> None:
    assert not lived(tmp_path, began=2_000).judged(1_000, LIFE_S)


async def test_a_process_is_seen_with_its_memory_files_and_tasks(tmp_path: Path) -> None:
    (tmp_path / f"tasks-{os.getpid()}").write_text("17 9", "ascii")
    signs = VitalSigns(tmp_path, lambda: {"me": os.getpid(), "gone": 2**22 + 1})
    watching = asyncio.create_task(signs.watch())
    await until(lambda: bool(signs.latest_mb()), "a look")
    watching.cancel()
    [life] = [life for name, life in signs.series().items() if name.startswith("me-")]
    assert life.memory_mb[0][1] > 3
    assert life.file_mb[0][1] > 2
    assert life.rss_mb[0][1] == life.memory_mb[0][1] + life.file_mb[0][1]
    assert (life.tasks[0][1], life.handles[0][1]) == (17, 9)


READING = """
import mmap
import os
import sys
from tests.soak.vitals import resident_mb

before = resident_mb(os.getpid())
with open(sys.argv[1], "rb") as file:
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sum(mapped[:: mmap.PAGESIZE])
read = resident_mb(os.getpid())
own = b"x" * 20_000_000
held = resident_mb(os.getpid())
print(*(round(now - then) for now, then in zip(read + held, before + read)))
"""


def test_own_memory_is_told_from_pages_of_files(tmp_path: Path) -> None:
    """Each new word lets the local analyst's model touch new pages of its file: that is no leak."""
    file = tmp_path / "model"
    file.write_bytes(os.urandom(20_000_000))
    told = subprocess.run([sys.executable, "-c", READING, file], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    memory, files, memory_later, files_later = map(int, told.stdout.split())
    assert memory <= 1 and files >= 20
    assert 19 <= memory_later <= 21 and files_later <= 1
