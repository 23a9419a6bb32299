"""``python -m tests.mutations engine [S1 S8 …]``: break each cure in a copy, and run its tests.

A table in Markdown comes first, one JSON line last. Exit code 1 where a test did not notice, or
where a test fails on the code as it is.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutations.mutation import Mutation, apply, read_mutations

ROOT = Path(__file__).parents[2]

COPIED = (
    "stream_service",
    "tests",
    "benchmarks",
    "schemas",
    "deploy",
    "docs",
    ".ci",
    "pyproject.toml",
    "README.md",
    "docker-compose.yml",
    ".dockerignore",
    ".env.example",
    "requirements-build.lock",
    "requirements-dev.lock",
    "requirements-image.lock",
)

PYTEST_FOUND_FAILURES = 1
"""Anything but this and 0 means that pytest itself could not do its work."""

TIMEOUT_S = 300.0
"""A test that hangs on broken code has noticed; pytest's own time-out ends most of them."""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("file", help="a file of this folder, without .toml")
    parser.add_argument("rows", nargs="*", help="of these alone")
    arguments = parser.parse_args()
    known = tuple(read_mutations(Path(__file__).parent / f"{arguments.file}.toml"))
    unknown = set(arguments.rows) - {mutation.row for mutation in known}
    if unknown:
        parser.error(f"{arguments.file}.toml has no row {', '.join(sorted(unknown))}")
    mutations = [
        mutation for mutation in known if not arguments.rows or mutation.row in arguments.rows
    ]
    every_test = sorted({test for mutation in mutations for test in mutation.tests})
    sound = _run_tests(every_test, ROOT) == 0
    unnoticed: list[str] = []
    sys.stdout.write("| row | the cure broken | test | noticed |\n| --- | --- | --- | --- |\n")
    for mutation in mutations:
        noticed = _is_noticed(mutation)
        if not noticed:
            unnoticed.append(f"{mutation.row}: {mutation.breaks}")
        tests = ", ".join(f"`{test.rpartition('::')[2]}`" for test in mutation.tests)
        answer = "yes" if noticed else "NO"
        sys.stdout.write(f"| {mutation.row} | {mutation.breaks} | {tests} | {answer} |\n")
        sys.stdout.flush()
    result = {"mutations": len(mutations), "unnoticed": unnoticed, "tests_pass_unbroken": sound}
    sys.stdout.write(json.dumps(result) + "\n")
    return 0 if sound and not unnoticed else 1


def _is_noticed(mutation: Mutation) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, tree / name)
        apply(mutation, tree)
        return _run_tests(mutation.tests, tree) == PYTEST_FOUND_FAILURES


def _run_tests(tests: Sequence[str], tree: Path) -> int:
    """Pytest's exit code."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S * max(1, len(tests)),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return PYTEST_FOUND_FAILURES
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
