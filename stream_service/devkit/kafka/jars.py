"""Kafka's jars: where they are kept, and how they get there whole."""

import asyncio
import errno
import os
import re
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from enum import Enum
from pathlib import Path

from stream_service.devkit.kafka import file_lock, jar_list
from stream_service.devkit.kafka.disk import require_space
from stream_service.devkit.kafka.errors import (
    CACHE_DIR_VARIABLE,
    CacheFolderUnusable,
    DownloadFailed,
    EmbeddedKafkaError,
    NoSpaceOnDisk,
)
from stream_service.devkit.kafka.maven import MavenRepository
from stream_service.devkit.kafka.progress import Progress, ProgressCallback, Stage

# Not a newer one: 4.3.1 and 4.4.0 on a single node that is killed hard forget the transaction
# markers of commits that they had acknowledged (8 of 12 and 7 of 7 kills); 4.0.2, 4.1.2 and 4.2.2
# do not. Whether to upgrade is decided by
# tests/integration/streaming/test_broker_keeps_acknowledged_commits.py.
KAFKA_VERSION = "4.2.2"

# The broker's jars are 47 MB and the tools' 80 MB, and a damaged one is fetched beside the rest.
NEEDED_BYTES = 192 * 1024 * 1024

# Three times what a slow line of 2 Mbit/s needs.
DOWNLOAD_TIMEOUT_S = 600.0

# Jars are small and the waiting is for answers, so a few at a time help; more do not.
PARALLEL_DOWNLOADS = 4

# A registry drops a connection now and then.
ATTEMPTS_PER_JAR = 3


# What a folder answers that is another's, read-only, or no folder.
_NOT_TO_BE_WRITTEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})


class Artifact(Enum):
    """What a class path is for; the value is the Maven artifact that stands for the whole."""

    BROKER = "org.apache.kafka:kafka_2.13"
    TOOLS = "org.apache.kafka:kafka-tools"


class _Abandoned(Exception):
    """Whoever asked for the download has gone."""


async def class_path(
    version: str = KAFKA_VERSION,
    *,
    artifact: Artifact = Artifact.BROKER,
    cache_dir: Path | None = None,
    on_progress: ProgressCallback | None = None,
) -> tuple[Path, ...]:
    """Return the jars of a Kafka version, downloading or mending those that are not there whole.

    Processes that ask for one version at once take turns. `on_progress` is called on the event
    loop. Raises DownloadFailed, CacheFolderUnusable, NoSpaceOnDisk, DevkitNotInstalled, and
    ValueError for a version that is not like 4.2.2.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"A Kafka version is like {KAFKA_VERSION}, not {version!r}")
    loop = asyncio.get_running_loop()
    abandoned = threading.Event()

    def report(progress: Progress) -> None:
        if on_progress is not None and not abandoned.is_set():
            loop.call_soon_threadsafe(on_progress, progress)

    folder = cache_folder(cache_dir) / version
    store = _Store(folder, version, artifact, report, abandoned)
    try:
        return await asyncio.to_thread(store.class_path)
    finally:
        # A cancelled wait leaves its thread behind: this ends the download there too.
        abandoned.set()


async def tool_class_path(
    version: str = KAFKA_VERSION,
    *,
    cache_dir: Path | None = None,
    on_progress: ProgressCallback | None = None,
) -> tuple[Path, ...]:
    """Return the jars of Kafka's own command-line tools, as `class_path` does for the broker."""
    return await class_path(
        version, artifact=Artifact.TOOLS, cache_dir=cache_dir, on_progress=on_progress
    )


def cache_folder(chosen: Path | None = None) -> Path:
    """Return the folder that holds one folder for each Kafka version.

    It lies in the chosen folder, else in the one that the environment names, else in the user's
    cache folder. Raises CacheFolderUnusable where the user has none.
    """
    named = os.environ.get(CACHE_DIR_VARIABLE)
    if chosen is None and named:
        chosen = Path(named)
    if chosen is None:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # The convention tells to ignore a relative path, and an empty one is relative.
        chosen = (base if base.is_absolute() else _home() / ".cache") / "stream-service"
    return chosen.absolute() / "kafka"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        # No HOME, and a user that no list of users names, as in a container.
        raise CacheFolderUnusable("there is no home folder") from None


class _Store:
    """One version's folder in the cache, as seen by one call in a thread of its own."""

    def __init__(
        self,
        folder: Path,
        version: str,
        artifact: Artifact,
        report: Callable[[Progress], None],
        abandoned: threading.Event,
    ) -> None:
        self._folder = folder
        self._version = version
        self._artifact = artifact
        self._report = report
        self._abandoned = abandoned
        self._repository = folder / "repository"
        self._own_list = folder / f"{artifact.name.lower()}.txt"
        self._shipped_list = jar_list.SHIPPED_LISTS / f"{artifact.name.lower()}-{version}.txt"
        self._deadline = time.monotonic() + DOWNLOAD_TIMEOUT_S

    def class_path(self) -> tuple[Path, ...]:
        jars = self._known_jars()
        if jars is None or self._damaged(jars):
            jars = self._complete()
        return tuple(jar.path_in(self._repository) for jar in jars)

    def _known_jars(self) -> tuple[jar_list.Jar, ...] | None:
        return jar_list.read(self._shipped_list) or jar_list.read(self._own_list)

    def _damaged(self, jars: Sequence[jar_list.Jar]) -> list[jar_list.Jar]:
        return [jar for jar in jars if not jar.is_intact_in(self._repository)]

    def _complete(self) -> tuple[jar_list.Jar, ...]:
        try:
            self._repository.mkdir(parents=True, exist_ok=True)
            require_space(self._folder, NEEDED_BYTES)
            with file_lock.exclusive(
                self._folder / ".lock", timeout_s=DOWNLOAD_TIMEOUT_S, on_wait=self._on_wait
            ):
                remotes = MavenRepository(self._repository, self._on_bytes)
                jars = self._known_jars()
                if jars is None:
                    return self._resolve(remotes)
                damaged = self._damaged(jars)
                self._fetch_all(
                    remotes,
                    [jar.coordinate for jar in damaged],
                    {jar.coordinate: jar for jar in damaged},
                )
                return jars
        except (EmbeddedKafkaError, _Abandoned):
            raise
        except file_lock.LockHeld as error:
            reason = f"another process held its folder {self._folder} all the time"
            raise DownloadFailed(self._version, reason) from error
        # The boundary to a library that raises whatever its own libraries raise.
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                free_bytes = shutil.disk_usage(self._folder).free
                raise NoSpaceOnDisk(self._folder, NEEDED_BYTES, free_bytes) from error
            if isinstance(error, OSError) and error.errno in _NOT_TO_BE_WRITTEN:
                raise CacheFolderUnusable(f"{error.filename}: {error.strerror}") from error
            raise DownloadFailed(self._version, str(error) or type(error).__name__) from error

    def _resolve(self, remotes: MavenRepository) -> tuple[jar_list.Jar, ...]:
        self._report(Progress(Stage.RESOLVING))
        # An attempt that was cut off may have left a description half written. They are small.
        for description in self._repository.rglob("*.pom"):
            description.unlink()
        coordinates = remotes.resolve(f"{self._artifact.value}:{self._version}")
        for coordinate in coordinates:
            jar = jar_list.jar_path(self._repository, coordinate)
            if jar.exists() and not _is_sound_archive(jar):
                jar.unlink()
        self._fetch_all(remotes, coordinates, {})
        jars = tuple(jar_list.measure(self._repository, coordinate) for coordinate in coordinates)
        # Last of all: the list's presence means that every jar has arrived.
        jar_list.write(self._own_list, jars)
        return jars

    def _fetch_all(
        self,
        remotes: MavenRepository,
        coordinates: Sequence[str],
        expected: dict[str, jar_list.Jar],
    ) -> None:
        total = len(coordinates)
        with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
            downloads = {
                pool.submit(self._fetch, remotes, coordinate, expected.get(coordinate)): coordinate
                for coordinate in coordinates
            }
            try:
                for done, download in enumerate(as_completed(downloads), start=1):
                    download.result()
                    self._report(Progress(Stage.DOWNLOADING, done, total, downloads[download]))
            except BaseException:
                self._abandoned.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _fetch(
        self, remotes: MavenRepository, coordinate: str, expected: jar_list.Jar | None
    ) -> None:
        path = jar_list.jar_path(self._repository, coordinate)
        if expected is not None:
            path.unlink(missing_ok=True)
        for attempt in range(1, ATTEMPTS_PER_JAR + 1):
            try:
                remotes.fetch(coordinate)
                self._check(coordinate, expected)
            except BaseException:
                # A part of a file must not be taken for the whole by the next attempt.
                path.unlink(missing_ok=True)
                if attempt == ATTEMPTS_PER_JAR or self._abandoned.is_set():
                    raise
            else:
                return

    def _check(self, coordinate: str, expected: jar_list.Jar | None) -> None:
        if expected is None:
            path = jar_list.jar_path(self._repository, coordinate)
            is_whole = _is_sound_archive(path)
        else:
            is_whole = expected.is_intact_in(self._repository)
        if not is_whole:
            raise DownloadFailed(self._version, f"{coordinate} arrived damaged or changed")

    def _on_wait(self) -> None:
        self._report(Progress(Stage.WAITING))
        self._give_up_if_abandoned()

    def _on_bytes(self, _file_name: str, _count: int) -> None:
        self._give_up_if_abandoned()
        if time.monotonic() > self._deadline:
            raise DownloadFailed(self._version, f"it took longer than {DOWNLOAD_TIMEOUT_S:g} s")

    def _give_up_if_abandoned(self) -> None:
        if self._abandoned.is_set():
            raise _Abandoned


def _is_sound_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False
