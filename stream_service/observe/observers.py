"""Several observers of the transport as one."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from stream_service.contracts.record import InputRecord
from stream_service.observe.entered import Entered
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.event_watch import NO_WATCH, EventWatch
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition


class StreamObservers(StreamObserver):
    """Tells each of them everything, in their order."""

    def __init__(self, observers: Sequence[StreamObserver]) -> None:
        self._all = tuple(observers)
        self._follow_events = _overriding(observers, "event_taken")
        self._hear_of_outcomes = _overriding(observers, "outcome_published")

    def partitions_assigned(self, partitions: frozenset[Partition]) -> None:
        """The group gave these partitions to this process."""
        for one in self._all:
            one.partitions_assigned(partitions)

    def partitions_revoked(self, partitions: frozenset[Partition]) -> None:
        """The group took these partitions away."""
        for one in self._all:
            one.partitions_revoked(partitions)

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        """A session reads on."""
        for one in self._all:
            one.session_started(partition, frontier, completed_ahead)

    def session_ended(self, partition: Partition) -> None:
        """A session has given its partition back."""
        for one in self._all:
            one.session_ended(partition)

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        """A session has ended by itself."""
        for one in self._all:
            one.session_failed(partition, reason, detail)

    def offset_map_unreadable(self, partition: Partition, detail: str) -> None:
        """Another client has committed."""
        for one in self._all:
            one.offset_map_unreadable(partition, detail)

    def begins_without_commit(self, partition: Partition, beginning: int, end: int) -> None:
        """The group has committed nothing, and the log holds something."""
        for one in self._all:
            one.begins_without_commit(partition, beginning, end)

    def log_reset(self, partition: Partition, committed: int, end: int, goes_on_at: int) -> None:
        """The log ends before what was committed."""
        for one in self._all:
            one.log_reset(partition, committed, end, goes_on_at)

    def fetched(
        self, fetched: Mapping[Partition, Sequence[InputRecord]], duration_s: float
    ) -> None:
        """A poll has brought records."""
        for one in self._all:
            one.fetched(fetched, duration_s)

    def event_taken(self, record: InputRecord) -> EventWatch:
        """Return one watch for all that follow events."""
        watches = [one.event_taken(record) for one in self._follow_events]
        match watches:
            case []:
                return NO_WATCH
            case [watch]:
                return watch
            case _:
                return _Watches(watches)

    def judge_retried(
        self, partition: Partition, offset: int, attempt: int, error: str, trace_id: str | None
    ) -> None:
        """A judge has failed and is tried again."""
        for one in self._all:
            one.judge_retried(partition, offset, attempt, error, trace_id)

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        """The broker has confirmed an outcome."""
        for one in self._hear_of_outcomes:
            one.outcome_published(partition, outcome)

    def outcome_abandoned(self, partition: Partition, outcome: Outcome) -> None:
        """A session ended without knowing an outcome published."""
        for one in self._all:
            one.outcome_abandoned(partition, outcome)

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        """The broker has confirmed a commit."""
        for one in self._all:
            one.committed(partition, frontier, duration_s)

    def commit_failed(
        self,
        partition: Partition,
        outcomes: Sequence[Outcome],
        reason: FailureReason,
        duration_s: float,
    ) -> None:
        """A commit was not confirmed."""
        for one in self._all:
            one.commit_failed(partition, outcomes, reason, duration_s)

    def poll_failed(self, error: str) -> None:
        """A poll has raised."""
        for one in self._all:
            one.poll_failed(error)

    def partitions_without_leader(self, partitions: frozenset[Partition]) -> None:
        """Those that no broker has led for some seconds."""
        for one in self._all:
            one.partitions_without_leader(partitions)

    def polled(self) -> None:
        """The poll loop has gone round."""
        for one in self._all:
            one.polled()


def _overriding(observers: Sequence[StreamObserver], method: str) -> tuple[StreamObserver, ...]:
    """Those that do something there: it is called for every event."""
    does_nothing = getattr(StreamObserver, method)
    return tuple(one for one in observers if getattr(type(one), method) is not does_nothing)


class _Watches:
    def __init__(self, watches: Sequence[EventWatch]) -> None:
        self._watches = watches

    @property
    def trace_id(self) -> str | None:
        return next((watch.trace_id for watch in self._watches if watch.trace_id), None)

    def attempt(self) -> AbstractContextManager[None]:
        return Entered([watch.attempt() for watch in self._watches])

    def refused(self, error: Exception) -> None:
        for watch in self._watches:
            watch.refused(error)

    def concluded(self, outcome: Outcome) -> Outcome:
        for watch in self._watches:
            outcome = watch.concluded(outcome)
        return outcome
