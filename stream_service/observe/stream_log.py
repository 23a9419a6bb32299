"""The transport's events as log lines."""

from collections.abc import Iterable

from stream_service.observe.logs import logger
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.partition import Partition


class LoggingObserver(StreamObserver):
    """Logs what an operator would ask for afterwards."""

    def __init__(self) -> None:
        self._log = logger()

    def partitions_assigned(self, partitions: frozenset[Partition]) -> None:
        """The group gave these partitions to this process."""
        self._log.info("partitions_assigned", partitions=_named(partitions))

    def partitions_revoked(self, partitions: frozenset[Partition]) -> None:
        """The group took these partitions away."""
        self._log.info("partitions_revoked", partitions=_named(partitions))

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        """A session reads on."""
        self._log.info(
            "session_started",
            partition=str(partition),
            frontier=frontier,
            completed_ahead=completed_ahead,
        )

    def session_ended(self, partition: Partition) -> None:
        """A session has given its partition back."""
        self._log.info("session_ended", partition=str(partition))

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        """A session has ended by itself."""
        self._log.warning(
            "session_failed", partition=str(partition), reason=reason.value, detail=detail
        )

    def offset_map_unreadable(self, partition: Partition, detail: str) -> None:
        """Another client has committed."""
        self._log.warning("offset_map_unreadable", partition=str(partition), detail=detail)

    def begins_without_commit(self, partition: Partition, beginning: int, end: int) -> None:
        """A new group, or one whose progress the brokers have forgotten: then all comes again."""
        self._log.warning(
            "begins_without_commit", partition=str(partition), beginning=beginning, end=end
        )

    def log_reset(self, partition: Partition, committed: int, end: int, goes_on_at: int) -> None:
        """The log ends before what was committed."""
        self._log.warning(
            "log_reset",
            partition=str(partition),
            committed=committed,
            end=end,
            goes_on_at=goes_on_at,
        )

    def judge_retried(
        self, partition: Partition, offset: int, attempt: int, error: str, trace_id: str | None
    ) -> None:
        """A judge has failed and is tried again."""
        self._log.warning(
            "judge_retried",
            partition=str(partition),
            offset=offset,
            attempt=attempt,
            error_type=error,
            **({} if trace_id is None else {"trace_id": trace_id}),
        )

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        """The broker has confirmed an outcome."""
        log = self._log.warning if outcome.kind is OutcomeKind.DEAD_LETTER else self._log.debug
        log(
            "outcome_published",
            partition=str(partition),
            offset=outcome.offset,
            outcome=outcome.kind.value,
            category=outcome.category,
            fault=outcome.fault,
            **({} if outcome.trace is None else {"trace_id": outcome.trace.trace_id}),
        )

    def poll_failed(self, error: str) -> None:
        """A poll has raised."""
        self._log.warning("poll_failed", error_type=error)

    def partitions_without_leader(self, partitions: frozenset[Partition]) -> None:
        """Nothing is read of them until a broker that has a copy is back."""
        log = self._log.warning if partitions else self._log.info
        log("partitions_without_leader", partitions=_named(partitions))


def _named(partitions: Iterable[Partition]) -> list[str]:
    return [str(partition) for partition in sorted(partitions)]
