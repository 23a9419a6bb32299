"""Known weaknesses of the locked packages, by pip-audit.

Where the advisory database cannot be reached, pip-audit calls every package unknown and says that
no weakness was found. That is told here as what it is: nothing was audited.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from supply_chain.locked import RUNTIME_LOCK, locked

REQUIRED_VARIABLE = "SUPPLY_CHAIN_AUDIT"
"""``required`` makes an audit that did not take place a failure: where there is a network."""

_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found out."""

    audited: int = 0
    weaknesses: Sequence[str] = field(default_factory=tuple[str, ...])
    not_audited: Sequence[str] = field(default_factory=tuple[str, ...])


def read_report(text: str) -> Audit:
    """The report that pip-audit writes as JSON; one that is none has audited nothing."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit()
    weaknesses = [
        f"{one['name']} {one['version']}: {weakness['id']}, mended in"
        f" {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for one in dependencies
        for weakness in one.get("vulns", ())
    ]
    not_audited = [str(one["name"]) for one in dependencies if "skip_reason" in one]
    return Audit(len(dependencies) - len(not_audited), weaknesses, not_audited)


def audit(packages: Sequence[tuple[str, str]]) -> Audit:
    """Audit packages, each by its name and version."""
    with TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(f"{name}=={version}\n" for name, version in packages), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(listed)]
        command += ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
        ended = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    return read_report(ended.stdout)


def main() -> int:
    """Audit what the service is installed with; returns the exit code."""
    packages = locked(RUNTIME_LOCK)
    # One first: without a database the others need not be asked for.
    found = audit(packages[:1])
    if found.audited:
        # A list with two versions of one package pip-audit does not take.
        single = dict(packages)
        others = [one for one in packages if single[one[0]] != one[1]]
        found = _together(audit(tuple(single.items())), audit(others) if others else Audit())
    return tell(found, required=os.environ.get(REQUIRED_VARIABLE) == "required")


def _together(one: Audit, other: Audit) -> Audit:
    return Audit(
        one.audited + other.audited,
        (*one.weaknesses, *other.weaknesses),
        (*one.not_audited, *other.not_audited),
    )


def tell(found: Audit, *, required: bool) -> int:
    """Say what was found; returns the exit code."""
    for weakness in found.weaknesses:
        sys.stderr.write(f"weakness: {weakness}\n")
    if not found.audited:
        sys.stderr.write(
            "NOTHING WAS AUDITED: the advisory database cannot be reached from here."
            f" Run this where it can, with {REQUIRED_VARIABLE}=required.\n"
        )
        return 1 if required else 0
    for name in found.not_audited:
        sys.stderr.write(f"not audited: {name}, which the advisory database does not know\n")
    sys.stdout.write(f"{found.audited} packages audited, {len(found.weaknesses)} weaknesses\n")
    return 1 if found.weaknesses else 0


if __name__ == "__main__":
    sys.exit(main())
