"""A playbook file that changes while it is in use."""

import os
from importlib.resources import files
from pathlib import Path

from stream_service.playbook import Playbook, PlaybookError
from stream_service.playbook.watching import PlaybookWatch

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")


class Seen:
    def __init__(self, path: Path) -> None:
        self.versions: list[str] = []
        self.faults: list[str] = []
        self.watch = PlaybookWatch(
            path, interval_s=60, changed=self._changed, refused=self._refused
        )

    async def _changed(self, playbook: Playbook) -> None:
        self.versions.append(playbook.version)

    def _refused(self, error: PlaybookError) -> None:
        self.faults += error.faults


def write(path: Path, version: str) -> None:
    path.write_text(DEFAULT.replace('version = "1"', f'version = "{version}"'), "utf-8")


async def test_a_change_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    write(path, "a")
    seen = Seen(path)
    await seen.watch.look()
    assert seen.versions == []

    write(path, "other")
    await seen.watch.look()
    await seen.watch.look()
    assert seen.versions == ["other"]


async def test_a_file_that_is_replaced_by_one_of_the_same_size_and_age_is_seen(
    tmp_path: Path,
) -> None:
    path, new = tmp_path / "mine.toml", tmp_path / "new.toml"
    write(path, "a")
    write(new, "b")
    age = path.stat()
    os.utime(new, ns=(age.st_atime_ns, age.st_mtime_ns))
    seen = Seen(path)

    new.replace(path)
    await seen.watch.look()
    assert seen.versions == ["b"]


async def test_an_unusable_change_is_told_once_and_the_next_one_is_used(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    write(path, "a")
    seen = Seen(path)

    path.write_text(DEFAULT.replace("[limits]", "[limit]"), "utf-8")
    await seen.watch.look()
    await seen.watch.look()
    assert seen.versions == []
    assert [fault for fault in seen.faults if fault.startswith("limit:")] == [
        "limit: unknown entry; take it away or correct its spelling"
    ]

    write(path, "c")
    await seen.watch.look()
    assert seen.versions == ["c"]


async def test_a_file_that_is_gone_leaves_all_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    write(path, "a")
    seen = Seen(path)

    path.unlink()
    await seen.watch.look()
    assert seen.versions == []
    assert "it cannot be read" in seen.faults[0]
    write(path, "back again")
    await seen.watch.look()
    assert seen.versions == ["back again"]
