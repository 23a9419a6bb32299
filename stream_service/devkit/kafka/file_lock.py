"""A lock between processes that the operating system lifts when its holder dies."""

import fcntl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

# Short enough to go unnoticed after a wait, long enough to cost nothing during one.
POLL_INTERVAL_S = 0.1


class LockHeld(Exception):
    """Another process held the lock for as long as we were willing to wait."""


@contextmanager
def exclusive(
    path: Path, *, timeout_s: float, on_wait: Callable[[], None] = lambda: None
) -> Generator[None]:
    """Hold the lock on `path` (the file is created and stays).

    `on_wait` is called before each pause of a wait and may raise to give up.
    Raises LockHeld after `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise LockHeld(str(path)) from error
                on_wait()
                time.sleep(POLL_INTERVAL_S)
            else:
                # Closing the file lifts the lock.
                yield
                return
