"""What the transport tells of itself; ``observe`` turns it into metrics, spans and logs."""

from collections.abc import Mapping, Sequence

from stream_service.contracts.record import InputRecord
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.event_watch import NO_WATCH, EventWatch
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

    def begins_without_commit(self, partition: Partition, beginning: int, end: int) -> None:
        """The group has committed nothing, and the log holds something; all of it is read."""

    def log_reset(self, partition: Partition, committed: int, end: int, goes_on_at: int) -> None:
        """The log ends before what was committed."""

    def fetched(
        self, fetched: Mapping[Partition, Sequence[InputRecord]], duration_s: float
    ) -> None:
        """A poll that took so long has brought these records."""

    def event_taken(self, record: InputRecord) -> EventWatch:
        """An event entered its partition's window; return what follows it to its outcome."""
        return NO_WATCH

    def judge_retried(
        self, partition: Partition, offset: int, attempt: int, error: str, trace_id: str | None
    ) -> None:
        """A judge has failed with the error class ``error`` and is tried again.

        ``trace_id`` is that of the failed attempt, where it is traced.
        """

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        """The broker has confirmed an outcome."""

    def outcome_abandoned(self, partition: Partition, outcome: Outcome) -> None:
        """A session ended without knowing an outcome published; its event is read again."""

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        """The broker has confirmed a commit."""

    def commit_failed(
        self,
        partition: Partition,
        outcomes: Sequence[Outcome],
        reason: FailureReason,
        duration_s: float,
    ) -> None:
        """A commit that was to publish ``outcomes`` was not confirmed."""

    def poll_failed(self, error: str) -> None:
        """A poll has raised; the records that it may have held are fetched again."""

    def partitions_without_leader(self, partitions: frozenset[Partition]) -> None:
        """Those of this process that no broker has led for some seconds, whenever they change.

        Nothing is read of them. None any more where all are led, or were taken away.
        """

    def polled(self) -> None:
        """The poll loop has gone round: its heartbeat."""
