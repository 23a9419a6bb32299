"""One arena of memory for all threads.

The C library gives each thread an arena of its own, so that none waits for another, and what is
free in one is of no use to the others. Under the interpreter's lock threads hardly ever ask for
memory at the same time: a worker with 2,000 events under way took at most 356 and 389 MB so, and
401 and 407 with arenas for each thread (two runs each, in turn).
"""

import ctypes

_ARENA_MAX = -8
"""M_ARENA_MAX in malloc.h, of mallopt(3)."""


def allocate_in_one_arena() -> None:
    """To be called before other threads begin. Does nothing where the C library is not glibc."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_ARENA_MAX, 1)
