"""A small disk that can be filled."""

import errno
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE_MB = 1_024
"""The console's database of an hour takes some hundred megabytes."""

_STEP_BYTES = 1 << 20
_LAST_STEP_BYTES = 4_096


class SmallDisk:
    """A file system in memory, mounted for this run alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        step = _STEP_BYTES
        with self._ballast.open("ab") as ballast:
            size = 0
            while step >= _LAST_STEP_BYTES:
                try:
                    os.posix_fallocate(ballast.fileno(), size, step)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    step //= 2
                else:
                    size += step

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Generator[SmallDisk]:
    """Mount one for the block; raises OSError where that is not allowed."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(folder)],
        capture_output=True,
        timeout=10,
        check=False,
    )
    if mounted.returncode:
        raise OSError(mounted.stderr.decode(errors="replace").strip())
    try:
        yield SmallDisk(folder)
    finally:
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=10)
