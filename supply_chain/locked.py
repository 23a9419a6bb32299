"""The packages of a lock file."""

import re
from collections.abc import Sequence
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)

RUNTIME_LOCK = Path("requirements.lock")
"""What an installation of the service has."""


def locked(lock: Path) -> Sequence[tuple[str, str]]:
    """Names and versions, in the order of the file; a name has two where Pythons differ."""
    return _PINNED.findall(lock.read_text("utf-8"))
