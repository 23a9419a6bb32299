"""The record of all runs, one JSON object a line, kept beside the code."""

import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

LEDGER = Path(__file__).with_name("ledger.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one run."""

    seed: int
    kinds: tuple[str, ...]
    brokers: int
    faults: int
    events: int
    lost: int
    duplicated: int
    out_of_order: int
    seconds: float
    settled_s: float
    peak_rss_mb: float
    commit: str
    verdict: str
    """``passed``, or what was wrong."""

    @property
    def passed(self) -> bool:
        return self.verdict == "passed"


def append(entry: Entry, ledger: Path = LEDGER) -> None:
    """Add ``entry`` to the ledger."""
    with ledger.open("ab") as file:
        file.write(orjson.dumps(asdict(entry)) + b"\n")


def code_version() -> str:
    """The commit that runs, marked where the engine or the harness differs from it."""
    root = Path(__file__).parents[2]
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    code = ("stream_service", "tests/chaos/*.py")
    changed = _git(root, "status", "--porcelain", "--", *code)
    return f"{commit}+changes" if changed else commit


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
