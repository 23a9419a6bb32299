"""What is told of a process's memory grows by what is held.

Told of processes that do nothing else: in the tests' own, what others leave is freed meanwhile.
"""

import asyncio
import ctypes
import json
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.soak.heap import heap_now, tasks_by_name

HOLDING = """
import json
from tests.soak.heap import heap_now

class Kept:
    pass

before = heap_now(with_objects=False)
kept = [{kept} for _ in range(10_000)]
after = heap_now(with_objects={with_objects})
print(json.dumps([dict(before), dict(after)]))
"""


def told_beside(kept: str, *, with_objects: bool = False) -> tuple[Any, Any]:
    """Before and after a process of its own made 10,000 of what the expression makes."""
    code = HOLDING.format(kept=kept, with_objects=with_objects)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    before, after = json.loads(ended.stdout)
    return before, after


def test_objects_are_told_by_kind() -> None:
    _, after = told_beside("Kept()", with_objects=True)
    assert after["objects"]["Kept"] == 10_000


def test_pythons_blocks_are_told() -> None:
    before, after = told_beside("Kept()")
    assert after["python_blocks"] - before["python_blocks"] >= 10_000
    assert "objects" not in after


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="this C library has no mallinfo2"
)
def test_memory_of_c_is_told() -> None:
    before, after = told_beside("bytes(2_000)")
    grown_mb = after["c_in_use_mb"] - before["c_in_use_mb"]
    assert grown_mb + after["c_mapped_mb"] - before["c_mapped_mb"] >= 10_000 * 2_000 / 1e6


async def test_tasks_are_counted_by_their_coroutine() -> None:
    async def waits() -> None:
        await asyncio.Event().wait()

    waiting = [asyncio.create_task(waits()) for _ in range(3)]
    try:
        (told,) = tasks_by_name(waiting).items()
        assert told == (waits.__qualname__, 3)
    finally:
        for one in waiting:
            one.cancel()
        await asyncio.wait(waiting)


def test_what_another_thread_is_making_is_left_alone() -> None:
    """It ended a worker: SystemError in an import, which made a tuple of a generator."""
    errors: list[SystemError] = []
    is_over = threading.Event()

    def make_tuples() -> None:
        while not is_over.is_set() and not errors:
            try:
                tuple(str(number) for number in range(1_000))
            except SystemError as error:
                errors.append(error)

    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    making = threading.Thread(target=make_tuples)
    making.start()
    try:
        for _ in range(20):
            heap_now(with_objects=True)
    finally:
        is_over.set()
        making.join()
        sys.setswitchinterval(interval_s)
    assert errors == []
