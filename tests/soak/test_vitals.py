"""Processes are looked at from outside, and judged once they have started up."""

import asyncio
import os
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
        life.rss_mb.append((moment, 10.0 if number < 3 else 150.0))
        life.handles.append((moment, 3.0 if number < 3 else 43.0))
        life.tasks.append((moment, 0.0 if number < 3 else 30.0))
    return signs


def test_starting_up_is_no_leak(tmp_path: Path) -> None:
    [(name, one)] = lived(tmp_path, began=1_000).judged(1_000, LIFE_S).items()
    assert name == "console-7"
    assert (one.handle_growth, one.task_growth) == (0, 0)
    assert abs(one.rss.slope_per_h) < 0.1
    assert one.rss_mb == 150


def test_who_came_late_is_not_judged(tmp_path: Path) -> None:
    assert not lived(tmp_path, began=2_000).judged(1_000, LIFE_S)


async def test_a_process_is_seen_with_its_memory_files_and_tasks(tmp_path: Path) -> None:
    (tmp_path / f"tasks-{os.getpid()}").write_text("17", "ascii")
    signs = VitalSigns(tmp_path, lambda: {"me": os.getpid(), "gone": 2**22 + 1})
    watching = asyncio.create_task(signs.watch())
    await until(lambda: bool(signs.latest_mb()), "a look")
    watching.cancel()
    [life] = [life for name, life in signs.series().items() if name.startswith("me-")]
    assert life.rss_mb[0][1] > 5
    assert life.handles[0][1] >= 3
    assert life.tasks[0][1] == 17
