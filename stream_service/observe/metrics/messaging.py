"""What the worker does with Kafka, by OpenTelemetry's conventions for messaging.

``error_type`` is empty where nothing failed: to Prometheus an empty label is none.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

from stream_service.observe.metrics.labelled import labelled

SYSTEM = "kafka"

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The conventions' own for durations of messaging."""

_LABELS = (
    "messaging_system",
    "messaging_operation_name",
    "messaging_destination_name",
    "messaging_consumer_group_name",
    "error_type",
)


class MessagingMetrics:
    """Counters and durations of polls, processing, sends and commits of one consumer group."""

    def __init__(self, registry: CollectorRegistry, group: str) -> None:
        self._group = group
        self._consumed = labelled(
            Counter(
                "messaging_client_consumed_messages",
                "Records that polls brought.",
                _LABELS,
                registry=registry,
            )
        )
        self._sent = labelled(
            Counter(
                "messaging_client_sent_messages",
                "Records that the broker has acknowledged, or by error_type has not.",
                _LABELS,
                registry=registry,
            )
        )
        self._operations = labelled(
            Histogram(
                "messaging_client_operation_duration_seconds",
                "How long polls that brought records, and commits, took.",
                _LABELS,
                buckets=BUCKETS_S,
                registry=registry,
            )
        )
        self._processing = labelled(
            Histogram(
                "messaging_process_duration_seconds",
                "How long one run of the work on one record took.",
                _LABELS,
                buckets=BUCKETS_S,
                registry=registry,
            )
        )

    def polled(self, topics: set[str], duration_s: float) -> None:
        """A poll brought records of these topics."""
        for topic in topics:
            self._operations[SYSTEM, "poll", topic, self._group, ""].observe(duration_s)

    def consumed(self, topic: str, count: int) -> None:
        """So many records of the topic came in."""
        self._consumed[SYSTEM, "poll", topic, self._group, ""].inc(count)

    def processed(self, topic: str, duration_s: float, error_type: str) -> None:
        """One run of the work on a record ended."""
        self._processing[SYSTEM, "process", topic, self._group, error_type].observe(duration_s)

    def sent(self, topic: str, error_type: str = "") -> None:
        """A record to the topic is acknowledged, or given up."""
        self._sent[SYSTEM, "send", topic, self._group, error_type].inc()

    def committed(self, topic: str, duration_s: float, error_type: str = "") -> None:
        """A commit of the input topic ended."""
        self._operations[SYSTEM, "commit", topic, self._group, error_type].observe(duration_s)
