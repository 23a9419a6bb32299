"""What ``.ci/real-model`` makes of how its two steps end."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "real-model"
CANNOT_BE_HAD = 69


def run(folder: Path, *, fetching: int, tests: int) -> "subprocess.CompletedProcess[str]":
    """Run the script where the two commands end with these exit codes, and say that they ran."""
    (folder / ".ci").mkdir()
    shutil.copy(SCRIPT, folder / ".ci")
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, code in (("python", fetching), ("pytest", tests)):
        command = commands / name
        command.write_text(f'#!/bin/sh\necho "{name} $*"\nexit {code}\n')
        command.chmod(0o755)
    return subprocess.run(
        [folder / ".ci" / SCRIPT.name], capture_output=True, text=True, check=False, timeout=30
    )


def test_a_model_that_cannot_be_had_is_said_loudly_and_fails_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path, fetching=CANNOT_BE_HAD, tests=0)
    assert ended.returncode == 0
    assert "NOT RUN" in ended.stderr
    assert "pytest" not in ended.stdout


@pytest.mark.parametrize("code", [1, 2, 130])
def test_another_failure_of_the_fetching_is_one(tmp_path: Path, code: int) -> None:
    ended = run(tmp_path, fetching=code, tests=0)
    assert ended.returncode == code
    assert "pytest" not in ended.stdout


@pytest.mark.parametrize("code", [0, 1])
def test_the_tests_decide_where_the_model_is_there(tmp_path: Path, code: int) -> None:
    ended = run(tmp_path, fetching=0, tests=code)
    assert ended.returncode == code
    assert "NOT RUN" not in ended.stderr
    fetching, tests = ended.stdout.splitlines()
    assert "tests.real_model --within 90" in fetching
    assert "-m real_model" in tests
