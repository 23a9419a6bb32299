"""Reading the data files that stand in this package."""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

PACKAGE = "stream_service.analysis.local"


@dataclass(frozen=True, slots=True)
class Example:
    """One example sentence of a classifier."""

    label: str
    text: str
    language: str


def examples(task: str) -> list[Example]:
    """Return the example sentences of ``task`` (``category`` or ``intent``), English first.

    Raises ValueError where a sentence stands before the first label.
    """
    found: list[Example] = []
    for language in ("en", "zh"):
        label: str | None = None
        for line in _text(f"examples/{task}_{language}.txt").splitlines():
            line = line.strip()
            if line.startswith("== "):
                label = line.removeprefix("== ")
            elif line and not line.startswith("# "):
                if label is None:
                    raise ValueError(f"{task}_{language}.txt: a sentence without a label")
                found.append(Example(label, line, language))
    return found


def examples_hash(task: str) -> str:
    """Return the hash that weights carry, so that a change of the examples is noticed."""
    text = "\n".join(f"{e.label}\t{e.language}\t{e.text}" for e in examples(task))
    if task == "category":
        text += "".join(_text(f"examples/clauses_{language}.txt") for language in ("en", "zh"))
    return hashlib.sha256(text.encode()).hexdigest()


def clauses(language: str) -> dict[str, dict[str, list[str]]]:
    """Return the clauses that reviews are composed of, by matter and weight.

    Chinese ones stand side by side in their file, English ones one a line.
    """
    bank: dict[str, dict[str, list[str]]] = {}
    into: list[str] = []
    for line in _text(f"examples/clauses_{language}.txt").splitlines():
        if line.startswith("== "):
            matter, weight = line.removeprefix("== ").split()
            into = bank.setdefault(matter, {}).setdefault(weight, [])
        elif line.strip() and not line.startswith("# "):
            into += line.split() if language == "zh" else [line.strip()]
    return {
        matter: {weight: list(dict.fromkeys(lines)) for weight, lines in own.items()}
        for matter, own in bank.items()
    }


def lexicon(name: str) -> dict[str, Any]:
    """Return the parsed lexicon ``name``."""
    return tomllib.loads(_text(f"lexicons/{name}.toml"))


def _text(path: str) -> str:
    return files(PACKAGE).joinpath(path).read_text(encoding="utf-8")
