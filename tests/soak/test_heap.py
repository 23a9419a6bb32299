"""What is told of a process's memory grows by what is held."""

import asyncio
import ctypes
import sys
import threading
from typing import Any

import pytest

from tests.soak.heap import heap_now, tasks_by_name


class Kept:
    """An object of a kind of its own."""


def test_objects_are_told_by_kind() -> None:
    kept = [Kept() for _ in range(10_000)]
    told: Any = heap_now(with_objects=True)
    assert told["objects"]["Kept"] == len(kept)


def test_pythons_blocks_are_told() -> None:
    before: Any = heap_now(with_objects=False)
    kept = [Kept() for _ in range(10_000)]
    after: Any = heap_now(with_objects=False)
    assert after["python_blocks"] - before["python_blocks"] >= len(kept)
    assert "objects" not in after


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="this C library has no mallinfo2"
)
def test_memory_of_c_is_told() -> None:
    before: Any = heap_now(with_objects=False)
    kept = [bytes(2_000) for _ in range(10_000)]
    after: Any = heap_now(with_objects=False)
    grown_mb = after["c_in_use_mb"] - before["c_in_use_mb"]
    assert grown_mb + after["c_mapped_mb"] - before["c_mapped_mb"] >= len(kept) * 2_000 / 1e6


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
