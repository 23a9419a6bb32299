"""What a process's memory is made of, for whoever asks afterwards why it grew."""

import asyncio
import ctypes
import gc
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain, starmap

_MOST_KINDS = 80
"""Kinds of objects told: what leaks is among those there are most of before long."""

_MEGABYTE = 1_000_000


class _MallocInfo(ctypes.Structure):
    """The struct mallinfo2 of glibc 2.33 and later (mallinfo(3)), over all arenas."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    )  # fmt: skip


def tasks_by_name(tasks: Iterable["asyncio.Task[object]"]) -> Mapping[str, int]:
    """How many there are of each coroutine."""
    return Counter(getattr(task.get_coro(), "__qualname__", "?") for task in tasks)


def heap_now(*, with_objects: bool) -> Mapping[str, object]:
    """Python's blocks, C's memory in use and free in MB, and objects by kind where asked for.

    Counting objects holds the interpreter for some tenths of a second.
    """
    told: dict[str, object] = {"python_blocks": sys.getallocatedblocks()}
    with_info = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if with_info is not None:
        with_info.restype = _MallocInfo
        info = with_info()
        told["c_in_use_mb"] = info.uordblks / _MEGABYTE
        told["c_free_mb"] = info.fordblks / _MEGABYTE
        told["c_mapped_mb"] = info.hblkhd / _MEGABYTE
    if with_objects:
        told["objects"] = dict(_objects_by_kind().most_common(_MOST_KINDS))
    return told


def _objects_by_kind() -> Counter[str]:
    """All in one call into C (the iterators ask for the objects within it): no other thread runs.

    A tuple that another thread is making of a generator must not be held by anybody else meanwhile:
    a SystemError, which ended a worker in its imports.
    """
    counted = Counter(map(type, chain.from_iterable(starmap(gc.get_objects, ((),)))))
    kinds: Counter[str] = Counter()
    for kind, count in counted.items():
        kinds[kind.__qualname__] += count
    return kinds
