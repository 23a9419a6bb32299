"""Runs one target in a process of its own, and reads what became of it."""

import asyncio
import importlib.util
import os
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.registry import load

ROOT = Path(__file__).resolve().parents[2]

LONGEST_S = 25
"""Of one input; libFuzzer ends a run in which one takes longer, and keeps the input."""

MOST_MB = 3_000
"""Of memory, likewise."""

GRACE_S = 120.0
"""For start, and for shrinking a finding; then the process is killed."""

_STATUS = re.compile(rb"#(\d+)\s+(\w+)\s+cov: (\d+) ft: (\d+)")
_EXECUTED = re.compile(rb"stat::number_of_executed_units: (\d+)")


def has_atheris() -> bool:
    """Whether the guided search can be had here."""
    return importlib.util.find_spec("atheris") is not None


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one target."""

    target: str
    engine: str
    seed: int
    seconds: float
    executions: int
    coverage: tuple[int, int] | None = None
    """Edges that the seeds reached, and those that were reached in the end; atheris alone."""
    finding: str | None = None
    """How the process ended, where not well."""
    inputs: list[str] = field(default_factory=list[str])
    """Files with inputs that broke something, for ``--replay``."""


async def run_guided(name: str, *, seconds: float, seed: int, environment: dict[str, str]) -> Run:
    """Search by coverage; the corpus is kept in build/fuzz and grows from run to run."""
    target = load(name)
    folder = ROOT / "build" / "fuzz" / name
    corpus, found = folder / "corpus", folder / "findings"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    before = set(found.iterdir())
    options = [
        f"-max_total_time={round(seconds)}",
        f"-seed={seed}",
        f"-timeout={LONGEST_S}",
        f"-rss_limit_mb={MOST_MB}",
        "-print_final_stats=1",
        # Libfuzzer begins with short inputs; of a few bytes nothing can be drawn.
        f"-len_control={100 if target.seeds else 0}",
        f"-artifact_prefix={found}/",
    ]
    for number, content in enumerate(target.seeds or _to_draw_from(seed)):
        (corpus / f"seed-{number}").write_bytes(content)
    if target.tokens:
        words = folder / "tokens"
        words.write_text("".join(f'"{_escaped(token)}"\n' for token in target.tokens))
        options.append(f"-dict={words}")
    log = folder / "log"
    code, took_s = await _process(
        ["tests.fuzz.engine_atheris", name, *options, str(corpus)], seconds, environment, log
    )
    said = log.read_bytes()
    statuses = _STATUS.findall(said)
    executed = _EXECUTED.search(said)
    return Run(
        name,
        "atheris",
        seed,
        took_s,
        int(executed[1]) if executed else int(statuses[-1][0]) if statuses else 0,
        (int(statuses[0][2]), int(statuses[-1][2])) if statuses else None,
        None if code == 0 else f"exit code {code}, see {log.relative_to(ROOT)}",
        [str(path.relative_to(ROOT)) for path in sorted(set(found.iterdir()) - before)],
    )


async def run_drawn(name: str, *, seconds: float, seed: int, environment: dict[str, str]) -> Run:
    """Draw inputs, which nothing guides."""
    folder = ROOT / "build" / "fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    arguments = ["tests.fuzz.engine_hypothesis", name, str(seconds), str(seed)]
    code, took_s = await _process(arguments, seconds, environment, log)
    last = log.read_text(errors="replace").strip().rpartition("\n")[2]
    return Run(
        name,
        "hypothesis",
        seed,
        took_s,
        int(last) if code == 0 and last.isdecimal() else 0,
        finding=None if code == 0 else f"exit code {code}, see {log.relative_to(ROOT)}",
    )


async def _process(
    arguments: list[str], seconds: float, environment: dict[str, str], log: Path
) -> tuple[int, float]:
    """Exit code and duration of ``python -m``; its words go into ``log``."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=out,
            stderr=out,
        )
        try:
            code = await asyncio.wait_for(process.wait(), seconds + GRACE_S)
        except TimeoutError:
            code = -1
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return code, round(loop.time() - began, 1)


def _to_draw_from(seed: int) -> Sequence[bytes]:
    """Bytes of which hypothesis makes inputs of every size."""
    by_chance = random.Random(seed)
    return [by_chance.randbytes(size) for size in (40, 100, 300, 1_000, 3_000) for _ in range(8)]


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)
