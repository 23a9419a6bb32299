"""Quix Streams' own environment: its pins and the service's exclude each other."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.catalogue import CONTENDERS, ENVIRONMENT

LOCK = Path(__file__).parent / "quix_environment" / "requirements.lock"
_CHECKOUT = Path(__file__).parents[2]
_STAMP = ENVIRONMENT / "lock.sha256"
_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-deps")


async def make_environment() -> None:
    """Make it where it is missing or older than its lock; two minutes. Raises OSError."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text() == digest:
        return
    print(f"making an environment for Quix Streams in {ENVIRONMENT} ...", flush=True)
    python = str(ENVIRONMENT / "bin" / "python")
    await _run(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
    await _run(python, *_PIP, "--require-hashes", "-r", str(LOCK))
    await _run(python, *_PIP, "--no-build-isolation", "--editable", str(_CHECKOUT))
    _STAMP.write_text(digest)


async def versions() -> Mapping[str, str]:
    """The version of each contender's package, by the contender's name."""
    found: dict[str, str] = {}
    for one in CONTENDERS:
        if one.python == Path(sys.executable):
            found[one.name] = version(one.distribution)
        else:
            ask = f"from importlib.metadata import version; print(version('{one.distribution}'))"
            found[one.name] = (await _run(str(one.python), "-c", ask)).strip()
    return found


async def _run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    if process.returncode:
        raise OSError(f"{' '.join(command)} ended with {process.returncode}")
    return said.decode()
