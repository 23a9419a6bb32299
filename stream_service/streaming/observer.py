"""What the transport tells of itself; ``observe`` turns it into metrics, spans and logs."""

from stream_service.streaming.errors import FailureReason
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition


class StreamObserver:
    """Hears what happens. Every method does nothing here; an observer overrides what it wants.

    The methods are called on the event loop and must return at once.
    """

    def partitions_assigned(self, partitions: frozenset[Partition]) -> None:
        """The group gave these partitions to this process."""

    def partitions_revoked(self, partitions: frozenset[Partition]) -> None:
        """The group took these partitions away."""

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        """A session reads on from ``frontier``, with so many offsets above it done."""

    def session_ended(self, partition: Partition) -> None:
        """A session has given its partition back in good order."""

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        """A session has ended by itself."""

    def offset_map_unreadable(self, partition: Partition, detail: str) -> None:
        """Another client has committed; only its offset counts."""

    def log_reset(self, partition: Partition, committed: int, end: int) -> None:
        """The log ends before what was committed; it is read from its beginning."""

    def judge_retried(self, partition: Partition, offset: int, attempt: int, error: str) -> None:
        """A judge has failed with the error class ``error`` and is tried again."""

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        """The broker has confirmed an outcome."""

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        """The broker has confirmed a commit."""

    def poll_failed(self, error: str) -> None:
        """A poll has raised; the records that it may have held are fetched again."""

    def polled(self) -> None:
        """The poll loop has gone round: its heartbeat."""
