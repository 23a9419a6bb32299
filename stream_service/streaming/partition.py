"""The name of one partition of a topic."""

from typing import NamedTuple


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        """As Kafka's own tools print it."""
        return f"{self.topic}-{self.number}"
