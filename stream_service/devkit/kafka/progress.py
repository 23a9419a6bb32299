"""What the embedded broker is busy with, told to whoever wants to draw it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The steps from nothing to a broker that answers."""

    WAITING = "waiting for another download of the same version"
    RESOLVING = "resolving what Kafka depends on"
    DOWNLOADING = "downloading Kafka"
    FORMATTING = "preparing the data folder"
    STARTING = "starting"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Progress:
    """One step: `done` of `total` parts of the stage, and what the current part is.

    `total` is 0 where it is not known beforehand.
    """

    stage: Stage
    done: int = 0
    total: int = 0
    detail: str = ""


ProgressCallback = Callable[[Progress], None]
