"""How a session's outcomes reach the broker: what both ways of delivery have in common."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition


class DeliveryMode(StrEnum):
    """What is promised when something fails in between."""

    EXACTLY_ONCE = "exactly_once"
    """Outputs and progress in one transaction: a read_committed consumer sees each output once."""
    AT_LEAST_ONCE = "at_least_once"
    """Outputs at once, progress after them: sooner there, and doubled now and then by a crash."""


class OutcomePublisher(Protocol):
    """Publishes one partition's outcomes. After a failure nothing more goes through it."""

    def accept(self, outcome: Outcome) -> None:
        """Hear of a finished outcome, in the order of completion; it may be sent at once."""
        ...

    async def confirm_coordinator(self, node: int) -> None:
        """See to it that broker ``node`` coordinates the group now: it was right just before.

        Raises SessionFailed where it does not, or where that cannot be told.
        """
        ...

    async def commit(self, outcomes: Sequence[Outcome], *, offset: int, metadata: str) -> None:
        """See to it that ``outcomes`` are published and the progress is committed.

        Returns once the broker has confirmed both; the wait is bounded. Raises SessionFailed.
        """
        ...

    async def close(self) -> None:
        """Close, bounded."""
        ...


class OutcomePublisherFactory(Protocol):
    """Opens the publisher of a partition."""

    async def __call__(self, partition: Partition) -> OutcomePublisher:
        """Raises SessionFailed."""
        ...
