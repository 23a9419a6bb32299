"""What ``.ci/deployment`` says of a machine, and what ``.ci/run`` makes of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).parents[2] / ".ci"
CANNOT_BE_HAD = 69
NEEDED = {"compose": ("go",), "kubernetes": ("kubectl",), "image": ("unshare", "setpriv")}


class Machine:
    """Commands that the script finds on its path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bash", "dirname", "sed"):
            (folder / name).symlink_to(shutil.which(name) or name)

    def has(self, name: str, body: str = "exit 0") -> None:
        command = self.folder / name
        command.write_text(f"#!/usr/bin/env -S {shutil.which('bash')}\n{body}\n")
        command.chmod(0o755)

    def has_all_for(self, part: str) -> None:
        for name in NEEDED[part]:
            self.has(name)
        self.has("id", "echo 0")
        self.has("python3.13")

    def run(self, part: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", CI / "deployment", part],
            env={"PATH": str(self.folder)},
            executable=shutil.which("bash"),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("part", NEEDED)
def test_a_machine_that_has_what_it_takes(machine: Machine, part: str) -> None:
    machine.has_all_for(part)
    ended = machine.run(part)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("part", "missing"), [(part, name) for part, names in NEEDED.items() for name in names]
)
def test_what_is_missing_is_said_loudly(machine: Machine, part: str, missing: str) -> None:
    machine.has_all_for(part)
    (machine.folder / missing).unlink()
    ended = machine.run(part)
    assert ended.returncode == CANNOT_BE_HAD
    assert "NOT RUN" in ended.stderr


def test_go_without_its_modules_is_not_enough(machine: Machine) -> None:
    machine.has_all_for("compose")
    machine.has("go", "exit 1")
    assert machine.run("compose").returncode == CANNOT_BE_HAD


def test_the_image_takes_root_and_the_python_that_its_base_has(machine: Machine) -> None:
    machine.has_all_for("image")
    machine.has("id", "echo 1000")
    assert machine.run("image").returncode == CANNOT_BE_HAD
    machine.has_all_for("image")
    # As pyenv's stand-in answers where that version is not installed.
    machine.has("python3.13", "exit 127")
    assert machine.run("image").returncode == CANNOT_BE_HAD


@pytest.mark.parametrize(("code", "told"), [(0, "required"), (CANNOT_BE_HAD, "nothing")])
def test_the_tests_are_demanded_where_they_can_be_run(tmp_path: Path, code: int, told: str) -> None:
    scripts = tmp_path / ".ci"
    scripts.mkdir()
    shutil.copy(CI / "run", scripts)
    names = ("COMPOSE", "KUBERNETES", "IMAGE")
    said = " ".join(f"${{STREAM_TEST_{name}:-nothing}}" for name in names)
    (tmp_path / "make").write_text(f'#!/bin/sh\necho "$1 {said}"\n')
    for name in ("prometheus", "chromium", "real-model"):
        (scripts / name).write_text("#!/bin/sh\nexit 0\n")
    (scripts / "deployment").write_text(f"#!/bin/sh\nexit {code}\n")
    for path in (*scripts.iterdir(), tmp_path / "make"):
        path.chmod(0o755)
    ended = subprocess.run(
        [scripts / "run"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    answer = " ".join([told] * 3)
    assert ended.stdout.splitlines() == [f"check {answer}", f"test {answer}"]
