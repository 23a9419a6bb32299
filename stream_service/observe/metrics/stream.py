"""The transport's events as metrics."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stream_service.contracts.record import InputRecord
from stream_service.observe.metrics.events import EventMetrics
from stream_service.observe.metrics.labelled import labelled
from stream_service.observe.metrics.messaging import BUCKETS_S, MessagingMetrics
from stream_service.observe.metrics.partitions import OwnedPartitions
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.event_watch import EventWatch
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition

_COMMITTED = "committed"
"""The result of a commit that did not fail; the others are FailureReason's."""


class MetricsObserver(StreamObserver):
    """Counts and measures what the transport tells."""

    def __init__(self, registry: CollectorRegistry, group: str) -> None:
        self._messaging = MessagingMetrics(registry, group)
        self._events = EventMetrics(registry)
        self.partitions = OwnedPartitions(registry)
        self._watches: dict[str, _Watch] = {}
        self._running = _Running()
        Gauge(
            "feedback_inflight_events", "Events that are being judged.", registry=registry
        ).set_function(lambda: self._running.count)
        self._commit_duration = Histogram(
            "feedback_commit_duration_seconds",
            "How long commits took that the broker confirmed, their outputs with them.",
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._commits = labelled(
            Counter(
                "feedback_commits",
                "Commits by their result: committed, or why not.",
                ["result"],
                registry=registry,
            )
        )
        self._session_failures = labelled(
            Counter(
                "feedback_session_failures",
                "Partition sessions that ended by themselves; each is begun anew.",
                ["reason"],
                registry=registry,
            )
        )
        self._rebalances = Counter(
            "feedback_consumer_rebalances",
            "How often the group gave this process its partitions.",
            ["group"],
            registry=registry,
        ).labels(group)

        # A series that begins at its first event hides that event from rate() and increase().
        for reason in FailureReason:
            self._session_failures[(reason.value,)].inc(0)
            self._commits[(reason.value,)].inc(0)

    def partitions_assigned(self, partitions: frozenset[Partition]) -> None:
        """Own them."""
        self._rebalances.inc()
        self.partitions.assigned(partitions)

    def partitions_revoked(self, partitions: frozenset[Partition]) -> None:
        """Own them no longer."""
        self.partitions.revoked(partitions)

    def session_started(self, partition: Partition, frontier: int, completed_ahead: int) -> None:
        """A session reads on."""
        self.partitions.session_started(partition, frontier)

    def session_ended(self, partition: Partition) -> None:
        """A session has given its partition back."""
        self.partitions.session_over(partition)

    def session_failed(self, partition: Partition, reason: FailureReason, detail: str) -> None:
        """A session has ended by itself."""
        self._session_failures[(reason.value,)].inc()
        self.partitions.session_over(partition)

    def fetched(
        self, fetched: Mapping[Partition, Sequence[InputRecord]], duration_s: float
    ) -> None:
        """Count records by topic."""
        self._messaging.polled({partition.topic for partition in fetched}, duration_s)
        for partition, records in fetched.items():
            self._messaging.consumed(partition.topic, len(records))

    def event_taken(self, record: InputRecord) -> EventWatch:
        """Follow it for its age and its processing time."""
        topic = record.topic
        self.partitions.taken(Partition(topic, record.partition), record.offset)
        watch = self._watches.get(topic)
        if watch is None:
            watch = self._watches[topic] = _Watch(topic, self._messaging, self._running)
        return watch

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        """Count it and its records."""
        self.partitions.confirmed(partition, outcome.offset)
        self._events.confirmed(outcome)
        for record in outcome.records:
            self._messaging.sent(record.topic)

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        """Count and measure it."""
        self.partitions.committed(partition, frontier)
        self._commits[(_COMMITTED,)].inc()
        self._commit_duration.observe(duration_s)
        self._messaging.committed(partition.topic, duration_s)

    def commit_failed(
        self,
        partition: Partition,
        outcomes: Sequence[Outcome],
        reason: FailureReason,
        duration_s: float,
    ) -> None:
        """Count it, and the records that were in it."""
        self._commits[(reason.value,)].inc()
        self._messaging.committed(partition.topic, duration_s, reason.value)
        for outcome in outcomes:
            for record in outcome.records:
                self._messaging.sent(record.topic, reason.value)


class _Running:
    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class _Watch:
    """Serves all events of a topic: it keeps nothing of any of them."""

    def __init__(self, topic: str, messaging: MessagingMetrics, running: _Running) -> None:
        self._topic = topic
        self._messaging = messaging
        self._running = running

    @property
    def trace_id(self) -> None:
        return

    def attempt(self) -> AbstractContextManager[None]:
        return _Attempt(self._topic, self._messaging, self._running)

    def refused(self, error: Exception) -> None:
        self._messaging.processed(self._topic, 0, type(error).__name__)

    def concluded(self, outcome: Outcome) -> Outcome:
        return outcome


class _Attempt(AbstractContextManager[None]):
    __slots__ = ("_began", "_messaging", "_running", "_topic")

    def __init__(self, topic: str, messaging: MessagingMetrics, running: _Running) -> None:
        self._topic = topic
        self._messaging = messaging
        self._running = running
        self._began = 0.0

    def __enter__(self) -> None:
        self._running.count += 1
        self._began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._running.count -= 1
        error_type = "" if kind is None else kind.__name__
        self._messaging.processed(self._topic, time.perf_counter() - self._began, error_type)
