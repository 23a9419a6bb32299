"""The transport's events as spans."""

import time
from collections.abc import Mapping, Sequence

from opentelemetry.trace import Link, Span, SpanKind, Tracer
from opentelemetry.util.types import AttributeValue

from stream_service.contracts.record import InputRecord
from stream_service.observe.tracing.attributes import messaging
from stream_service.observe.tracing.context import ROOT, creation_context
from stream_service.observe.tracing.events import EventTrace
from stream_service.observe.tracing.sending import fail
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.event_watch import EventWatch
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition

_MOST_LINKS = 128
"""The library's own limit for a span; messaging.batch.message_count tells the rest."""


class TracingObserver(StreamObserver):
    """Traces events, polls and commits."""

    def __init__(self, tracer: Tracer, group: str) -> None:
        self._tracer = tracer
        self._group = group

    def fetched(
        self, fetched: Mapping[Partition, Sequence[InputRecord]], duration_s: float
    ) -> None:
        """A poll: one span for each topic, linked to its records."""
        by_topic: dict[str, list[InputRecord]] = {}
        for partition, records in fetched.items():
            by_topic.setdefault(partition.topic, []).extend(records)
        for topic, records in by_topic.items():
            span = self._ending_now("poll", topic, duration_s)
            if span.is_recording():
                span.set_attributes(
                    messaging("poll", "receive", topic)
                    | {
                        "messaging.batch.message_count": len(records),
                        "messaging.consumer.group.name": self._group,
                    }
                )
                for link in _links(records):
                    span.add_link(link.context)
            span.end()

    def event_taken(self, record: InputRecord) -> EventWatch:
        """Trace it."""
        return EventTrace(self._tracer, self._group, record)

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        """Its records are acknowledged."""
        if outcome.trace is not None:
            outcome.trace.end()

    def outcome_abandoned(self, partition: Partition, outcome: Outcome) -> None:
        """Its records are given up; the event is read again, in the same trace."""
        if outcome.trace is not None:
            outcome.trace.end("abandoned")

    def committed(self, partition: Partition, frontier: int, duration_s: float) -> None:
        """A commit, with the offset that it made known."""
        span = self._ending_now("commit", partition.topic, duration_s)
        if span.is_recording():
            span.set_attributes(self._commit_of(partition) | {"messaging.kafka.offset": frontier})
        span.end()

    def commit_failed(
        self,
        partition: Partition,
        outcomes: Sequence[Outcome],
        reason: FailureReason,
        duration_s: float,
    ) -> None:
        """A commit that was not confirmed."""
        span = self._ending_now("commit", partition.topic, duration_s)
        if span.is_recording():
            span.set_attributes(self._commit_of(partition))
            fail(span, reason.value)
        span.end()

    def _ending_now(self, operation: str, topic: str, duration_s: float) -> Span:
        began_ns = time.time_ns() - round(duration_s * 1e9)
        return self._tracer.start_span(
            f"{operation} {topic}", ROOT, kind=SpanKind.CLIENT, start_time=began_ns
        )

    def _commit_of(self, partition: Partition) -> dict[str, AttributeValue]:
        return messaging("commit", "settle", partition.topic) | {
            "messaging.destination.partition.id": str(partition.number),
            "messaging.consumer.group.name": self._group,
        }


def _links(records: Sequence[InputRecord]) -> list[Link]:
    found = (creation_context(record.headers) for record in records[:_MOST_LINKS])
    return [Link(context) for context in found if context is not None]
