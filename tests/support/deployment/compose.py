"""docker-compose.yml as docker compose reads it, and its services of ours run on this machine."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from tests.support.demanded import cannot_run
from tests.support.deployment.image import read_dockerfile

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docker-compose.yml"
DEMANDED_BY = "STREAM_TEST_COMPOSE"
"""``required`` makes a failure of what is a skipped test elsewhere."""

IMAGE = "stream-service:local"
_BUILD_LIMIT_S = 300
_COMMAND = (sys.executable, "-c", "from stream_service.cli import main; main()")


@cache
def _reader() -> Path:
    """compose-go, which docker compose itself reads its files by."""
    go = shutil.which("go")
    if go is None:
        cannot_run("there is no Go here to build compose-go", DEMANDED_BY)
    source = ROOT / ".ci" / "compose"
    target = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stream-service"
    target.mkdir(parents=True, exist_ok=True)
    # Test processes beside each other build it each: the last one's stands, whole at any time.
    mine = target / f"compose-{os.getpid()}"
    built = subprocess.run(
        [go, "build", "-o", mine, "."],
        cwd=source,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        timeout=_BUILD_LIMIT_S,
        check=False,
    )
    if built.returncode != 0:
        cannot_run(f"compose-go could not be built: {built.stderr[-500:]}", DEMANDED_BY)
    return mine.replace(target / "compose")


class ComposeRefused(Exception):
    """compose-go's own words."""


def read_project(
    environment: Mapping[str, str],
    *profiles: str,
    path: Path = FILE,
    dotenv: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The project with these variables in the shell and these profiles, and with this ``.env``.

    A developer's own ``.env`` decides nothing here. Raises ComposeRefused.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(path.read_text())
        if dotenv is not None:
            lines = [f"{name}={value}\n" for name, value in dotenv.items()]
            (copy.parent / ".env").write_text("".join(lines))
        ended = subprocess.run(
            [_reader(), copy, *profiles],
            # docker compose takes what it puts in for ${…} out of .env as well.
            env={"PATH": os.defpath, "HOME": "/nowhere", **(dotenv or {}), **environment},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    if ended.returncode != 0:
        raise ComposeRefused(ended.stderr.strip())
    told = ended.stdout.replace(folder, str(path.parent))
    return cast(Mapping[str, Any], json.loads(told))


def ours(project: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The services that run our image."""
    return {
        name: service for name, service in project["services"].items() if service["image"] == IMAGE
    }


@dataclass
class HostService:
    """A service as a process of this machine: its command, its environment, its health check."""

    name: str
    service: Mapping[str, Any]
    names: Mapping[str, str]
    """What stands for a name of the network, as ``kafka:19092``."""
    folder: Path
    own: Mapping[str, str] = field(default_factory=dict[str, str])
    """What keeps tests on one machine apart: ports, prefix, group."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The image's, the service's and the test's own."""
        image = read_dockerfile(ROOT / "deploy" / "Dockerfile").final.environment
        ours = {name: value for name, value in image.items() if name.startswith("STREAM_")}
        given = {
            name: self._mapped(value)
            for name, value in self.service["environment"].items()
            if value is not None
        }
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("STREAM_")
        }
        # Its folder is not the project's: a .env there is compose's business.
        return {**inherited, **ours, **given, **self.own, "PYTHONPATH": str(ROOT)}

    @property
    def log(self) -> Path:
        """What it writes on standard error."""
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start its very command."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_COMMAND, *self.service["command"]],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """As ``docker compose exec SERVICE stream-service …``."""
        return subprocess.run(
            [*_COMMAND, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def is_healthy(self, health: Sequence[str]) -> bool:
        """What the image's HEALTHCHECK says."""
        command, *words = health
        assert command == "stream-service"
        return self.run(*words).returncode == 0

    def stop(self, stop_signal: str) -> int:
        """Stop it as compose does, within its grace; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(getattr(signal, stop_signal))
        return self.process.wait(grace_s(self.service))

    def kill(self) -> None:
        """End what is left."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def _mapped(self, value: str) -> str:
        for name, place in self.names.items():
            value = value.replace(name, place)
        return value


def grace_s(service: Mapping[str, Any]) -> float:
    """``stop_grace_period``, which compose-go writes as 1m0s."""
    text = service["stop_grace_period"]
    minutes, _, seconds = text.rpartition("m") if "m" in text else ("0", "", text)
    return float(minutes or 0) * 60 + float(seconds.removesuffix("s") or 0)
