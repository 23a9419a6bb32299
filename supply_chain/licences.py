"""The licences of what the service is installed with, against a list of those that are allowed."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from supply_chain.locked import RUNTIME_LOCK, locked

RULES = Path(__file__).with_name("licences.toml")

_CONNECTIVE = re.compile(r" AND | OR |; ")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed."""

    allowed: frozenset[str]
    read_as: Mapping[str, str]
    exceptions: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, file: Path = RULES) -> "Rules":
        """Read them from TOML."""
        document = tomllib.loads(file.read_text("utf-8"))
        return cls(frozenset(document["allowed"]), document["read_as"], document["exceptions"])

    def fault(self, name: str, licence: str) -> str | None:
        """Why a package may not be used; None where it may."""
        exception = self.exceptions.get(name)
        if exception is not None:
            begins = exception.get("licence_begins")
            fits = licence.startswith(begins) if begins else licence == exception["licence"]
            return None if fits else f"{name}: its licence is not what was looked at: {licence}"
        # Whether one may choose or must keep to all of them: each is looked at.
        unknown = [part for part in self._parts(licence) if part not in self.allowed]
        return f"{name}: {', '.join(unknown)} is not allowed" if unknown else None

    def _parts(self, licence: str) -> Sequence[str]:
        parts = _CONNECTIVE.split(licence)
        return [self.read_as.get(part, part.strip("() ")) for part in parts]


def licences_of(names: Sequence[str]) -> Mapping[str, str]:
    """What the installed ones of these packages say of themselves."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    ended = subprocess.run(  # noqa: S603 - our own words
        [*command, "--packages", *names], capture_output=True, text=True, check=True
    )
    found = cast("list[dict[str, str]]", json.loads(ended.stdout))
    return {one["Name"]: one["License"] for one in found}


def main() -> int:
    """Print each package's licence and check it; returns the exit code."""
    return tell(licences_of([name for name, _ in locked(RUNTIME_LOCK)]), Rules.load())


def tell(found: Mapping[str, str], rules: Rules) -> int:
    """Say what was found; returns the exit code."""
    if not found:
        sys.stderr.write("NO LICENCE WAS LOOKED AT: none of the locked packages is installed\n")
        return 1
    for name, licence in sorted(found.items(), key=lambda one: one[0].lower()):
        first_line = licence.splitlines()[0] if licence else ""
        reason = rules.exceptions.get(name, {}).get("reason", "")
        sys.stdout.write(f"{name}\t{first_line}\t{reason}\n".expandtabs(28))
    faults = [fault for name, one in found.items() if (fault := rules.fault(name, one))]
    for fault in faults:
        sys.stderr.write(f"{fault}: see {RULES.name}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
