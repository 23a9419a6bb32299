"""A playbook file that is read anew when it changes."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from stream_service.playbook.errors import PlaybookError
from stream_service.playbook.load import load_playbook
from stream_service.playbook.playbook import Playbook

Stamp = tuple[int, int, int] | None
"""Time of change, size and inode: editors replace a file as often as they write it."""


class PlaybookWatch:
    """Looks at a file now and then; a change that cannot be used leaves all as it is."""

    def __init__(
        self,
        path: Path,
        *,
        interval_s: float,
        changed: Callable[[Playbook], Awaitable[None]],
        refused: Callable[[PlaybookError], None],
    ) -> None:
        """``changed`` gets every usable new version, ``refused`` what is wrong with another."""
        self._path = path
        self._interval_s = interval_s
        self._changed = changed
        self._refused = refused
        self._seen = _stamp(path)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._interval_s)
            await self.look()

    async def look(self) -> None:
        """Read the file if it is another one than before."""
        stamp = await asyncio.to_thread(_stamp, self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            playbook = await asyncio.to_thread(load_playbook, self._path)
        except PlaybookError as error:
            self._refused(error)
        else:
            await self._changed(playbook)


def _stamp(path: Path) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - one call for all three
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
