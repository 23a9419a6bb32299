"""Reads a Dockerfile as far as ours goes; what it does not know it refuses."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BASE_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
"""As Python's image has it."""

_IGNORED = frozenset({"LABEL", "EXPOSE"})


@dataclass(frozen=True)
class Run:
    """A command of the build."""

    command: str
    environment: Mapping[str, str]
    directory: str


@dataclass(frozen=True)
class Copy:
    """Files from the context, or from another stage."""

    sources: Sequence[str]
    target: str
    stage: str | None


@dataclass
class Stage:
    """What stands between two FROMs."""

    base: str
    name: str | None
    steps: list[Run | Copy] = field(default_factory=list[Run | Copy])
    environment: dict[str, str] = field(default_factory=dict[str, str])
    directory: str = "/"
    user: str = "0:0"
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    health: Sequence[str] = ()
    stop_signal: str = "SIGTERM"
    exposed: Sequence[str] = ()


@dataclass(frozen=True)
class Dockerfile:
    """All of it."""

    stages: Sequence[Stage]

    @property
    def final(self) -> Stage:
        """What the image is."""
        return self.stages[-1]


def read_dockerfile(path: Path, build_arguments: Mapping[str, str] | None = None) -> Dockerfile:
    """With what ``docker build --build-arg`` gives.

    Raises ValueError at an instruction that this reader does not know.
    """
    given = build_arguments or {}
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in _lines(path.read_text()):
        word, _, rest = line.partition(" ")
        if word == "ARG":
            name, _, default = rest.partition("=")
            arguments[name] = given.get(name, default)
        elif word == "FROM":
            base, *named = _filled(rest, arguments).split(" AS ")
            stages.append(Stage(base, named[0] if named else None))
        elif word == "RUN":
            stage = stages[-1]
            environment = {**arguments, **stage.environment}
            stage.steps.append(Run(rest.strip(), environment, stage.directory))
        elif word == "COPY":
            stages[-1].steps.append(_copied(stages[-1], _filled(rest, arguments).split()))
        else:
            _apply(stages[-1], word, rest.strip())
    return Dockerfile(stages)


def _filled(text: str, arguments: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], text)


def _copied(stage: Stage, words: list[str]) -> Copy:
    origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--") else None
    target = words.pop()
    absolute = str(Path(stage.directory, target)) + "/" * target.endswith("/")
    return Copy(words, absolute, origin)


def _lines(text: str) -> Sequence[str]:
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", kept)
    return [line.strip() for line in joined.splitlines() if line.strip()]


def _apply(stage: Stage, word: str, rest: str) -> None:
    match word:
        case "ENV":
            for pair in shlex.split(rest):
                name, _, value = pair.partition("=")
                stage.environment[name] = value.replace("$PATH", BASE_PATH)
        case "WORKDIR":
            stage.directory = rest
        case "USER":
            stage.user = rest
        case "ENTRYPOINT":
            stage.entrypoint = json.loads(rest)
        case "CMD":
            stage.command = json.loads(rest)
        case "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        case "STOPSIGNAL":
            stage.stop_signal = rest
        case "EXPOSE":
            stage.exposed = rest.split()
        case _ if word not in _IGNORED:
            raise ValueError(f"{word}: this reader does not know it")
        case _:
            pass
