"""Secrets from files: ``STREAM_LLM__API_KEY_FILE=/run/secrets/key`` in place of the secret itself.

Orchestrators mount secrets as files; an environment can be read by whoever may look at a process.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIX = "_file"
"""Of a setting's name; of its variable in capitals."""

_MOST_BYTES = 1024 * 1024
"""More is no secret: somebody's device file, or a mistaken path."""


class SecretUnreadable(Exception):
    """A secret cannot be had from its file; the message names both, never what is in it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A secret that stands in a file."""

    value: str
    origin: str


def secrets_of(
    secrets: Collection[str], layers: Mapping[str, Mapping[str, str]], written: Callable[[str], str]
) -> Mapping[str, Given]:
    """The secrets that come from files, by their settings' names.

    ``layers`` are where settings are given, the one that wins first: by a layer's name what it
    holds, by the name of a setting or of its file. ``written`` is how a layer's reader writes a
    name. Raises SecretUnreadable.
    """
    found: dict[str, Given] = {}
    for secret in secrets:
        for layer in layers.values():
            is_given, file = secret in layer, layer.get(f"{secret}{SUFFIX}")
            if is_given and file is not None:
                raise SecretUnreadable(
                    f"{written(secret)} and {written(secret + SUFFIX)} are both given: keep one"
                )
            if file is not None:
                found[secret] = Given(_read(written(secret + SUFFIX), Path(file)), f"file {file}")
            if is_given or file is not None:
                break
    return found


def _read(name: str, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SecretUnreadable(f"{name}: {file}: {error.strerror}") from None
    except ValueError:
        raise SecretUnreadable(f"{name} names no file") from None
    if len(content) > _MOST_BYTES:
        raise SecretUnreadable(f"{name}: {file} is larger than a secret may be (1 MiB)")
    try:
        # Editors and echo end a file with a new line, which belongs to no secret.
        secret = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretUnreadable(f"{name}: {file} is not UTF-8 text") from None
    if not secret:
        raise SecretUnreadable(f"{name}: {file} is empty")
    return secret
