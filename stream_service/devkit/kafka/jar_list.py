"""Lists of jars with their checksums: what a class path is made of, and how a damaged file shows.

A list is text, one jar a line: coordinate, size in bytes, SHA-256. The package carries the lists of
the pinned version, so that what runs is what was tested; for any other version the list is made
when its jars are first resolved, and kept beside them. To pin another version, copy that list here.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHIPPED_LISTS = Path(__file__).parent / "locked"

_COORDINATE = re.compile(r"[\w.-]+(:[\w.-]+){2,3}")


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar: its Maven coordinate `group:artifact:version[:classifier]`, size and checksum."""

    coordinate: str
    size_bytes: int
    sha256: str

    def path_in(self, repository: Path) -> Path:
        """Return where a Maven repository folder keeps this jar."""
        return jar_path(repository, self.coordinate)

    def is_intact_in(self, repository: Path) -> bool:
        """Whether the repository folder holds this jar, whole and unchanged."""
        path = self.path_in(repository)
        try:
            if path.stat().st_size != self.size_bytes:
                return False
            return _sha256(path) == self.sha256
        except OSError:
            # Not there, or not for us: whoever then puts it there is told why that cannot be.
            return False


def jar_path(repository: Path, coordinate: str) -> Path:
    """Return where a Maven repository folder keeps the jar of a coordinate."""
    group, artifact, version, *classifier = coordinate.split(":")
    name = "-".join([artifact, version, *classifier])
    return repository.joinpath(*group.split("."), artifact, version, f"{name}.jar")


def measure(repository: Path, coordinate: str) -> Jar:
    """Return the list entry for a jar that is known to be whole."""
    path = jar_path(repository, coordinate)
    return Jar(coordinate, path.stat().st_size, _sha256(path))


def read(path: Path) -> tuple[Jar, ...] | None:
    """Return the list in a file, or None if it cannot be read, as where there is none."""
    try:
        lines = path.read_text("ascii").splitlines()
        return tuple(_parse(line) for line in lines)
    except (OSError, ValueError):
        return None


def write(path: Path, jars: Sequence[Jar]) -> None:
    """Write a list so that a reader finds either the whole of it or none."""
    text = "".join(f"{jar.coordinate} {jar.size_bytes} {jar.sha256}\n" for jar in jars)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, "ascii")
    draft.replace(path)


def _parse(line: str) -> Jar:
    coordinate, size_bytes, sha256 = line.split(" ")
    if not _COORDINATE.fullmatch(coordinate):
        raise ValueError(coordinate)
    return Jar(coordinate, int(size_bytes), sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
