"""One trace for each event: from its creation over each attempt at it to its outputs."""

from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType

from opentelemetry import context as current
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    Span,
    SpanContext,
    SpanKind,
    Tracer,
    format_trace_id,
    set_span_in_context,
)

from stream_service.contracts.record import InputRecord
from stream_service.observe.tracing.attributes import message_id, messaging
from stream_service.observe.tracing.context import creation_context, within
from stream_service.observe.tracing.sending import Sends, created_in, fail, start_send
from stream_service.streaming.outcome import Outcome, OutcomeKind


class EventTrace:
    """Makes the spans of one event; it implements ``EventWatch``."""

    def __init__(self, tracer: Tracer, group: str, record: InputRecord) -> None:
        self._tracer = tracer
        self._group = group
        self._record = record
        self._created = creation_context(record.headers)
        self._latest: SpanContext | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace of the latest attempt, where it is sampled."""
        if self._latest is None or not self._latest.trace_flags.sampled:
            return None
        return format_trace_id(self._latest.trace_id)

    def attempt(self) -> AbstractContextManager[None]:
        """Return what is entered around one run of the work."""
        return _Attempt(self._start())

    def refused(self, error: Exception) -> None:
        """The record cannot be read: a span without any duration tells it."""
        span = self._start()
        fail(span, type(error).__name__)
        span.end()

    def concluded(self, outcome: Outcome) -> Outcome:
        """Return the outcome with the contexts of its records' spans in their headers.

        A dead letter keeps the headers that its record came with, broken ones too.
        """
        if self._latest is None or not self._latest.trace_flags.sampled or not outcome.records:
            return outcome
        parent = within(self._latest)
        spans = [start_send(self._tracer, record, parent) for record in outcome.records]
        records = outcome.records
        if outcome.kind is not OutcomeKind.DEAD_LETTER:
            records = tuple(map(created_in, spans, records))
        return replace(outcome, records=records, trace=Sends(spans))

    def _start(self) -> Span:
        record = self._record
        # A later attempt at an event that was created without a context stays in its trace.
        parent = self._created or self._latest
        span = self._tracer.start_span(
            f"process {record.topic}",
            within(parent),
            kind=SpanKind.CONSUMER,
            links=() if self._created is None else (Link(self._created),),
        )
        self._latest = span.get_span_context()
        if span.is_recording():
            span.set_attributes(
                messaging("process", "process", record.topic)
                | message_id(record.headers)
                | {
                    "messaging.kafka.offset": record.offset,
                    "messaging.destination.partition.id": str(record.partition),
                    "messaging.consumer.group.name": self._group,
                }
            )
        return span


class _Attempt(AbstractContextManager[None]):
    """The process span, current in the work's own task."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._is_recording = span.is_recording()

    def __enter__(self) -> None:
        # An event that is not sampled has no current span: what is below it need not ask further.
        span = self._span if self._is_recording else INVALID_SPAN
        self._token = current.attach(set_span_in_context(span))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        current.detach(self._token)
        if self._is_recording:
            if kind is not None:
                fail(self._span, kind.__name__)
            self._span.end()
