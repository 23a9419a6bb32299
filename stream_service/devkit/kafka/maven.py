"""Resolves and fetches jars through jgo, which needs neither Maven nor Java."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stream_service.devkit.kafka.errors import DevkitNotInstalled

if TYPE_CHECKING:
    from jgo.maven import Artifact

# For each connection and each read. A registry that is silent for longer is taken for dead.
SOCKET_TIMEOUT_S = 20

# The broker's jars log through slf4j 1.7 and log4j, and depend on nothing that joins the two: the
# binding is part of Kafka's distribution only. Without it a broker says nothing at all.
LOG_LIBRARY = "org.apache.logging.log4j:log4j-core"
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl"

# What a library needs to be compiled against or run; the rest is for its own tests.
RUNTIME_SCOPES = frozenset({"compile", "runtime"})


class MavenRepository:
    """A folder laid out as a Maven repository, filled from the user's configured remotes.

    `on_bytes` is called from the calling thread with a file's name and the number of bytes of it
    that arrived; it may raise to stop. Remotes are the central repository and, before it, those in
    the section `[repositories]` of the user's jgo settings, such as a company's mirror.
    Raises DevkitNotInstalled.
    """

    def __init__(self, folder: Path, on_bytes: Callable[[str, int], None]) -> None:
        try:
            # Belongs to the optional extra `devkit`.
            from jgo.config import GlobalSettings
            from jgo.constants import MAVEN_CENTRAL_URL
            from jgo.maven import MavenContext, PythonResolver
        except ImportError as error:
            raise DevkitNotInstalled from error

        @contextmanager
        def follow(file_name: str, _size_bytes: int) -> Generator[Callable[[int], None]]:
            yield lambda count: on_bytes(file_name, count)

        self._resolver = PythonResolver(progress_callback=follow)
        self._context = MavenContext(
            resolver=self._resolver,
            repo_cache=folder,
            remote_repos={**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL},
            timeout=SOCKET_TIMEOUT_S,
        )

    def resolve(self, coordinate: str) -> list[str]:
        """Return the coordinates of all jars that an artifact needs to run, its own first."""
        roots, needed = self._resolver.resolve([self._context.create_dependency(coordinate)])
        artifacts = [
            *(dependency.artifact for dependency in roots),
            *(dependency.artifact for dependency in needed if dependency.scope in RUNTIME_SCOPES),
        ]
        coordinates = [_coordinate(artifact) for artifact in artifacts]
        log_versions = [
            found.removeprefix(f"{LOG_LIBRARY}:")
            for found in coordinates
            if found.startswith(f"{LOG_LIBRARY}:")
        ]
        coordinates.extend(f"{LOG_BINDING}:{version}" for version in log_versions)
        return list(dict.fromkeys(coordinates))

    def fetch(self, coordinate: str) -> Path:
        """Return the path of a jar, downloading it unless a file of that name is there."""
        return self._context.create_dependency(coordinate).artifact.resolve()


def _coordinate(artifact: Artifact) -> str:
    parts = [artifact.groupId, artifact.artifactId, artifact.version]
    return ":".join([*parts, artifact.classifier] if artifact.classifier else parts)
