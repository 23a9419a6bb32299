"""What a piece of work costs, told apart from what else the tests' process does meanwhile.

A walk of the garbage collector over all that the whole suite has left takes longer than most of
what is measured: none begins within.
"""

import gc
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager


class ProcessorTime:
    """Seconds, once the work is over."""

    spent_s: float


def of_this_thread() -> AbstractContextManager[ProcessorTime]:
    """What this thread computes itself: what other tests' threads do does not count."""
    return _measured(time.thread_time)


def of_all_threads() -> AbstractContextManager[ProcessorTime]:
    """For work that is handed to threads of its own."""
    return _measured(time.process_time)


@contextmanager
def _measured(clock: Callable[[], float]) -> Generator[ProcessorTime]:
    told = ProcessorTime()
    collects = gc.isenabled()
    gc.disable()
    began_s = clock()
    try:
        yield told
    finally:
        told.spent_s = clock() - began_s
        if collects:
            gc.enable()
