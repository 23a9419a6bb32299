"""The embedded broker's jars: fetched once, whole, and anew where they are damaged."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest
import pytest_asyncio

from stream_service.devkit.kafka import (
    KAFKA_VERSION,
    CacheFolderUnusable,
    DownloadFailed,
    Progress,
    Stage,
    cache_folder,
    class_path,
    jar_list,
)
from stream_service.devkit.kafka.ports import choose_free


@pytest_asyncio.fixture
async def cache_copy(tmp_path: Path) -> Path:
    """A copy of the cache whose files are links: replace one, never write into it."""
    await class_path()
    shutil.copytree(
        cache_folder() / KAFKA_VERSION,
        cache_folder(tmp_path) / KAFKA_VERSION,
        copy_function=link_or_copy,
    )
    return tmp_path


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Temporary files lie on another disk, or in memory.
        shutil.copy2(source, target)


def damage(jar: Path) -> None:
    content = jar.read_bytes()
    jar.unlink()
    jar.write_bytes(content[: len(content) // 2])


def identities(jars: tuple[Path, ...]) -> dict[Path, int]:
    return {jar: jar.stat().st_ino for jar in jars}


async def test_only_a_damaged_jar_is_fetched_again(cache_copy: Path) -> None:
    before = identities(await class_path(cache_dir=cache_copy))
    jar = next(path for path in before if "jopt-simple" in path.name)
    size = jar.stat().st_size
    damage(jar)

    # Two at once: one mends, the other waits and finds all well.
    steps: list[Progress] = []
    one, other = await asyncio.gather(
        class_path(cache_dir=cache_copy, on_progress=steps.append),
        class_path(cache_dir=cache_copy, on_progress=steps.append),
    )
    assert one == other == tuple(before)
    assert jar.stat().st_size == size
    after = identities(one)
    assert {path for path in before if before[path] != after[path]} == {jar}
    downloads = [step for step in steps if step.stage is Stage.DOWNLOADING]
    assert [(step.done, step.total) for step in downloads] == [(1, 1)]


async def test_a_version_without_a_list_goes_on_where_it_was_cut_off(
    cache_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = await class_path(cache_dir=cache_copy)
    monkeypatch.setattr(jar_list, "SHIPPED_LISTS", tmp_path / "none")
    own_list = cache_folder(cache_copy) / KAFKA_VERSION / "broker.txt"
    own_list.unlink(missing_ok=True)
    before = identities(pinned)
    jar = next(path for path in before if "jopt-simple" in path.name)
    damage(jar)

    resolved = await class_path(cache_dir=cache_copy)
    assert set(resolved) == set(pinned)
    after = identities(resolved)
    assert {path for path in before if before[path] != after[path]} == {jar}
    assert jar_list.read(own_list) is not None


async def test_a_failed_download_says_that_the_next_call_goes_on(
    cache_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars = await class_path(cache_dir=cache_copy)
    damage(jars[0])
    with monkeypatch.context() as offline:
        # Nothing listens there.
        [dead_port] = choose_free(1)
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            offline.setenv(variable, f"http://127.0.0.1:{dead_port}")
        for variable in ("NO_PROXY", "no_proxy"):
            offline.delenv(variable, raising=False)
        with pytest.raises(DownloadFailed, match="the next call goes on from there"):
            await class_path(cache_dir=cache_copy)
    assert await class_path(cache_dir=cache_copy) == jars


async def test_a_cache_folder_that_cannot_be_made_is_named_with_the_way_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(CacheFolderUnusable) as raised:
        await class_path(cache_dir=tmp_path / "a-file" / "cache")
    assert str(tmp_path / "a-file") in str(raised.value)
    assert "STREAM_DEVKIT__CACHE_DIR=" in str(raised.value)


async def test_a_user_without_a_home_is_told_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "STREAM_DEVKIT__CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    # One that no list of users names.
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 2)
    with pytest.raises(CacheFolderUnusable, match="STREAM_DEVKIT__CACHE_DIR="):
        await class_path()
