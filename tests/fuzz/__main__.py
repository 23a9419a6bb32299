"""Fuzz TARGETs, all where none is named; one JSON line last, exit code 1 after a finding."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from stream_service.devkit.kafka import EmbeddedKafka
from tests.fuzz.registry import NEED_KAFKA, TARGETS, load
from tests.fuzz.running import Run, has_atheris, run_drawn, run_guided

WITHOUT_ATHERIS = """\
atheris is not installed: inputs are drawn by hypothesis, and nothing guides them. To be guided:
  pip install --require-hashes -r requirements-fuzz.lock
(wheels for Linux x86-64 and Python 3.11 to 3.13; `make fuzz` does it where it can)."""

BOOTSTRAP_SERVERS = "STREAM_FUZZ_BOOTSTRAP_SERVERS"


def say(line: str) -> None:
    sys.stderr.write(line + "\n")


async def fuzz(names: Sequence[str], *, seconds: float, seed: int) -> list[Run]:
    """Run one target after the other."""
    run = run_guided if has_atheris() else run_drawn
    if run is run_drawn:
        say(WITHOUT_ATHERIS)
    runs: list[Run] = []
    async with AsyncExitStack() as stack:
        environment: dict[str, str] = {}
        if not NEED_KAFKA.isdisjoint(names):
            kafka = await stack.enter_async_context(EmbeddedKafka.start())
            environment[BOOTSTRAP_SERVERS] = kafka.bootstrap_servers
        for name in names:
            done = await run(name, seconds=seconds, seed=seed, environment=environment)
            grown = "" if done.coverage is None else "; edges {} → {}".format(*done.coverage)
            ended = done.finding or "nothing found"
            say(f"{name}: {done.executions} executions in {done.seconds:g} s{grown}; {ended}")
            runs.append(done)
    return runs


def replay(name: str, path: Path) -> None:
    """Examine one input that libFuzzer has kept; what it breaks is raised."""
    target = load(name)
    content = path.read_bytes()
    with target.open() as check:
        if target.seeds:
            check(content)
            return
        drawn: Any = settings(database=None)(given(target.inputs)(check))
        drawn.hypothesis.fuzz_one_input(content)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description=__doc__,
        epilog="targets: " + "; ".join(f"{name} ({what})" for name, what in TARGETS.items()),
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=60, help="of each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", type=Path, metavar="FILE", help="of one target, once")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.targets) - set(TARGETS)):
        parser.error(f"there is no target {unknown[0]}; there are {', '.join(TARGETS)}")
    if asked.replay is not None:
        if len(asked.targets) != 1:
            parser.error("--replay: name the one target that the file belongs to")
        replay(asked.targets[0], asked.replay)
        return 0
    runs = asyncio.run(fuzz(asked.targets or list(TARGETS), seconds=asked.seconds, seed=asked.seed))
    sys.stdout.write(json.dumps({"runs": [asdict(run) for run in runs]}) + "\n")
    return int(any(run.finding for run in runs))


if __name__ == "__main__":
    sys.exit(main())
