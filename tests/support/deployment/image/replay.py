"""Builds and runs an image's stages in overlays of this machine, as root and in mount namespaces.

A stage is this machine's root, which is Debian's as the base image is, below a layer of its own;
the Python that the base names stands at /usr/local, and compilers are taken away. What differs
from a container: this machine has more libraries than a slim image; those that are used are
looked at.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from tests.support.deployment.image.dockerfile import BASE_PATH, Copy, Run, Stage, read_dockerfile

_STEP_LIMIT_S = 900
_MISSING_IN_SLIM = ("gcc", "cc", "g++", "c++", "make", "git", "rustc", "cargo", "go")
_HIDDEN = ("/work", "/root", "/home", "/srv", "/mnt", "/media")


class ReplayFailed(Exception):
    """A step of the Dockerfile did not succeed; the message holds what it wrote."""


def replaying_is_possible(python_version: str) -> str | None:
    """Why the replay cannot be done here; None where it can."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return "it takes root and unshare"
    if _python(python_version) is None:
        return f"there is no python{python_version} here, in a folder of its own"
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "probe", "/mnt"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return "nothing may be mounted here"
    return None


@dataclass(frozen=True)
class Layer:
    """A stage's own files over this machine's."""

    folder: Path
    python: Path

    def prepare(self) -> None:
        """Make its folders."""
        for name in ("files", "work", "root", "local-files"):
            (self.folder / name).mkdir(parents=True)
        binaries = self.folder / "files" / "usr" / "bin"
        binaries.mkdir(parents=True)
        for name in _MISSING_IN_SLIM:
            # How an overlay says that a file of the lower layer is not there.
            os.mknod(binaries / name, 0o020000, os.makedev(0, 0))

    def at(self, path: str) -> Path:
        """Where this layer holds ``path``."""
        return self.folder / "files" / path.lstrip("/")

    def command(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        user: str = "0:0",
        read_only: bool = False,
        volumes: Mapping[str, Path] | None = None,
    ) -> Sequence[str]:
        """What runs ``words`` in it, with nothing of this process's environment.

        Read-only, any number may run side by side; else one at a time.
        """
        root, files, local_files = (self.folder / name for name in ("root", "files", "local-files"))
        # A work folder for each run: a mount clears its own as it begins, and of two that began at
        # once in the same folder one in a hundred failed.
        script = [
            "set -e",
            f"work=$(mktemp -d {shlex.quote(str(self.folder / 'work'))}/XXXXXXXX)",
            'mkdir "$work/root" "$work/local"',
            _overlay("/", files, "$work/root", root, read_only=read_only),
            _overlay(
                f"{self.python}:/usr/local",
                local_files,
                "$work/local",
                root / "usr/local",
                read_only=read_only,
            ),
            f"mount --rbind /dev {root}/dev",
            f"mount -t proc proc {root}/proc",
        ]
        if read_only:
            hidden = [name for name in _HIDDEN if Path(name).exists()]
            script += [f"mount -t tmpfs -o ro hidden {root}{name}" for name in hidden]
        script += [f"mount -t tmpfs -o mode=1777 tmp {root}/tmp"]  # noqa: S108 - the container's
        for path, folder in (volumes or {}).items():
            script.append(f"mount --bind {shlex.quote(str(folder))} {root}{path}")
        inner = f"cd {shlex.quote(directory)} && exec {shlex.join(words)}"
        pairs = [f"{name}={value}" for name, value in environment.items()]
        # setpriv goes in after the change of root, and takes all capabilities away, as a container
        # that may do nothing has none.
        uid, gid = user.split(":")
        dropped = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        dropped += ["--bounding-set=-all", "--no-new-privs"]
        if uid == "0":
            dropped = []
        words = ["chroot", str(root), *dropped, "env", "-i", *pairs, "sh", "-c", inner]
        script.append(f"exec {shlex.join(words)}")
        # Its own process numbers: nothing that a command leaves running outlives it.
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return [*namespaces, "sh", "-c", "\n".join(script)]


@dataclass(frozen=True)
class Image:
    """What was built, and how it is run."""

    layer: Layer
    stage: Stage

    def command(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        entrypoint: Sequence[str] | None = None,
        volumes: Mapping[str, Path] | None = None,
    ) -> Sequence[str]:
        """What ``docker run --read-only --tmpfs /tmp IMAGE ARGUMENTS`` runs, on this machine."""
        words = [*(self.stage.entrypoint if entrypoint is None else entrypoint)]
        return self.layer.command(
            [*words, *(arguments or (() if entrypoint else self.stage.command))],
            environment={**self.stage.environment, **(environment or {})},
            directory=self.stage.directory,
            user=self.stage.user,
            read_only=True,
            volumes=volumes,
        )


def build_image(
    dockerfile: Path,
    context: Path,
    folder: Path,
    build_arguments: Mapping[str, str] | None = None,
) -> Image:
    """Run every step of ``dockerfile`` verbatim. Raises ReplayFailed."""
    stages = read_dockerfile(dockerfile, build_arguments).stages
    layers: dict[str | None, Layer] = {}
    for stage in stages:
        python = _python(python_version_of(stage))
        assert python is not None
        layer = Layer(folder / (stage.name or "image"), python)
        layer.prepare()
        layers[stage.name] = layer
        # As Python's image does, whose library is at /usr/local/lib.
        _run(layer, Run("ldconfig", {}, "/"))
        for step in stage.steps:
            if isinstance(step, Run):
                _run(layer, step)
            else:
                _copy(layers, layer, step, context)
    return Image(layers[stages[-1].name], stages[-1])


def python_version_of(stage: Stage) -> str:
    """3.13 of ``python:3.13-slim-bookworm``."""
    return stage.base.partition(":")[2].partition("-")[0]


@cache
def _python(version: str) -> Path | None:
    """Where a Python of that version is installed, which stands in for the base image's."""
    command = shutil.which(f"python{version}")
    if command is None:
        return None
    asked = subprocess.run(
        [command, "-c", "import sys; print(sys.base_prefix)"],
        # pyenv has commands of all its versions on the path, and runs those that are chosen.
        env={**os.environ, "PYENV_VERSION": version},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    prefix = asked.stdout.strip()
    # What a package manager put at /usr is not to be had apart.
    return Path(prefix) if asked.returncode == 0 and prefix not in ("", "/usr") else None


def _overlay(lower: str, upper: Path, work: str, target: Path, *, read_only: bool) -> str:
    mode = "ro" if read_only else "rw"
    options = f"{mode},lowerdir={shlex.quote(lower)},upperdir={shlex.quote(str(upper))}"
    options += f',workdir="{work}"'
    return f"mount -t overlay overlay -o {options} {target}"


def _run(layer: Layer, step: Run) -> None:
    environment = {"PATH": BASE_PATH, "HOME": "/root", **step.environment}
    layer.at(step.directory).mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        layer.command(
            ["sh", "-c", step.command], environment=environment, directory=step.directory
        ),
        capture_output=True,
        text=True,
        timeout=_STEP_LIMIT_S,
        check=False,
    )
    if ended.returncode != 0:
        raise ReplayFailed(f"{step.command}\n{ended.stdout[-2_000:]}\n{ended.stderr[-4_000:]}")


def _copy(layers: Mapping[str | None, Layer], layer: Layer, step: Copy, context: Path) -> None:
    for source in step.sources:
        target = layer.at(step.target)
        if step.stage is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(layers[step.stage].at(source), target, symlinks=True)
            continue
        ignored = Ignored((context / ".dockerignore").read_text())
        origin = context / source
        if ignored(Path(source)):
            raise ReplayFailed(f"{source} is copied and stands in .dockerignore")
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=ignored.within(context), dirs_exist_ok=True)
        else:
            target = target / origin.name if step.target.endswith("/") else target
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, target)


class Ignored:
    """What ``.dockerignore`` keeps out of the build's context: its last line that fits decides."""

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.splitlines())
        self._lines = [line for line in lines if line and not line.startswith("#")]

    def __call__(self, path: Path) -> bool:
        """Whether ``path``, from the context's root, is kept out."""
        answer = False
        for line in self._lines:
            pattern = line.removeprefix("!")
            if self._fits(pattern, path):
                answer = not line.startswith("!")
        return answer

    def within(self, context: Path) -> "_TreeFilter":
        """As shutil.copytree asks."""
        return _TreeFilter(self, context)

    @staticmethod
    def _fits(pattern: str, path: Path) -> bool:
        if pattern.startswith("**/"):
            return any(fnmatch(part, pattern[3:]) for part in path.parts)
        return fnmatch(path.parts[0], pattern)


class _TreeFilter:
    def __init__(self, ignored: Ignored, context: Path) -> None:
        self._ignored, self._context = ignored, context

    def __call__(self, folder: str, names: list[str]) -> set[str]:
        here = Path(folder).relative_to(self._context)
        return {name for name in names if self._ignored(here / name)}
