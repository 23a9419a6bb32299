"""A network and a mount table of this run's own: to slow the one down and to keep the other small.

Only root (or who may use unshare) can have them; without them a soak says what it left out.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

_INSIDE = "STREAM_SOAK_NAMESPACE"
_UNSHARE = ("unshare", "--net", "--mount", "--propagation", "private", "--")


def is_own() -> bool:
    """Whether this process runs in namespaces of its own already."""
    return os.environ.get(_INSIDE) == "1"


def enter(arguments: Sequence[str]) -> None:
    """Begin this program anew in namespaces of its own; returns where none can be had."""
    if is_own() or not _can_be_had():
        return
    os.environ[_INSIDE] = "1"
    command = (*_UNSHARE, sys.executable, "-m", "tests.soak", *arguments)
    os.execvp(command[0], command)  # noqa: S606 - this program again


def raise_loopback() -> None:
    """Bring up the loopback address, which a new network has down."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, timeout=10)


def _can_be_had() -> bool:
    try:
        tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, timeout=10, check=False)
    except OSError:
        return False
    return tried.returncode == 0
