"""What a round could not read."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from stream_service.streaming.partition import Partition


class UnreadableKind(StrEnum):
    """What it is a part of; a metric label."""

    BROKER = "broker"
    """It does not list its groups."""
    GROUP = "group"
    TOPIC = "topic"
    PARTITION = "partition"
    """Nobody leads it, or its leader does not tell where the log begins and ends."""


class Unreadable(NamedTuple):
    """A broker, a group, a topic or a partition."""

    kind: UnreadableKind
    name: str

    @classmethod
    def partition(cls, partition: Partition) -> "Unreadable":
        """The partition."""
        return cls(UnreadableKind.PARTITION, str(partition))

    @classmethod
    def group(cls, name: str) -> "Unreadable":
        """The group of that name."""
        return cls(UnreadableKind.GROUP, name)

    def __str__(self) -> str:
        """A partition as Kafka's own tools print it, anything else with its kind."""
        return self.name if self.kind is UnreadableKind.PARTITION else f"{self.kind} {self.name}"


Failures = dict[Unreadable, str]
"""Why, by what could not be read."""


def counted(unreadable: Iterable[Unreadable]) -> Mapping[UnreadableKind, int]:
    """How many there are of each kind, those of which there is none included."""
    counts = dict.fromkeys(UnreadableKind, 0)
    for one in unreadable:
        counts[one.kind] += 1
    return counts
