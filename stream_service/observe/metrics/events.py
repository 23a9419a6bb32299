"""What became of the events, and how long they waited for it."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram

from stream_service.contracts.analysis import Category
from stream_service.contracts.faults import Fault
from stream_service.observe.metrics.labelled import labelled
from stream_service.streaming.outcome import Outcome, OutcomeKind

LATENCY_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200)
"""From a commit interval to half a day: what waited out an outage must still be told apart."""


class EventMetrics:
    """Counts outcomes that the broker has confirmed, once each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = labelled(
            Counter(
                "feedback_events",
                "Outcomes that the broker has confirmed; error_type is a dead letter's fault.",
                ["outcome", "category", "error_type"],
                registry=registry,
            )
        )
        self._latency = labelled(
            Histogram(
                "feedback_event_latency_seconds",
                "From the record's own timestamp to its outcome's acknowledgement.",
                ["outcome"],
                buckets=LATENCY_BUCKETS_S,
                registry=registry,
            )
        )

        self._show_from_the_start()

    def confirmed(self, outcome: Outcome) -> None:
        """The broker has confirmed an outcome."""
        kind = outcome.kind.value
        self._events[kind, outcome.category or "", outcome.fault or ""].inc()
        # Brokers show -1 for a record without a timestamp.
        if outcome.received_timestamp_ms > 0:
            latency_s = max(0.0, time.time() - outcome.received_timestamp_ms / 1000)
            exemplar = None if outcome.trace is None else {"trace_id": outcome.trace.trace_id}
            self._latency[(kind,)].observe(latency_s, exemplar)

    def _show_from_the_start(self) -> None:
        # A series that begins at its first event hides that event from rate() and increase().
        for kind in (OutcomeKind.REPLIED, OutcomeKind.REVIEW):
            for category in Category:
                self._events[kind.value, category.value, ""].inc(0)
        # What decisions become: an event's own outcome has a category.
        for kind in (OutcomeKind.REPLIED, OutcomeKind.IGNORED):
            self._events[kind.value, "", ""].inc(0)
        for fault in Fault:
            self._events[OutcomeKind.DEAD_LETTER.value, "", fault.value].inc(0)
        for kind in OutcomeKind:
            self._latency[(kind.value,)]
