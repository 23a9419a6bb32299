"""What is told of a process's memory grows by what is held."""

import asyncio
import ctypes
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
