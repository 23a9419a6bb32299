"""Spans of records on their way to the broker."""

from collections.abc import Sequence
from dataclasses import replace

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, format_trace_id

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.trace_context import with_traceparent
from stream_service.observe.tracing.attributes import message_id, messaging
from stream_service.observe.tracing.context import ROOT, traceparent_of
from stream_service.streaming.send_trace import SendTrace


class Sends:
    """The spans of records that stand or fall together."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans

    @property
    def trace_id(self) -> str:
        """The trace that they belong to."""
        return format_trace_id(self._spans[0].get_span_context().trace_id)

    def end(self, error_type: str | None = None) -> None:
        """The broker has acknowledged the records, or they are given up."""
        for span in self._spans:
            if error_type is not None:
                fail(span, error_type)
            span.end()


def fail(span: Span, error_type: str) -> None:
    """Say that what the span stands for has failed; an error's own words stay out."""
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR))


def start_send(tracer: Tracer, record: OutputRecord, parent: Context) -> Span:
    """The span of one record, which ends once the broker has acknowledged it."""
    attributes = messaging("send", "send", record.topic) | message_id(record.headers)
    return tracer.start_span(
        f"send {record.topic}", parent, kind=SpanKind.PRODUCER, attributes=attributes
    )


def created_in(span: Span, record: OutputRecord) -> OutputRecord:
    """The record with the span's context in place of any other."""
    traceparent = traceparent_of(span.get_span_context())
    return replace(record, headers=with_traceparent(record.headers, traceparent))


class PublisherTracer:
    """Begins a trace at each record that is published, where it is sampled."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def sending(self, record: OutputRecord) -> tuple[OutputRecord, SendTrace | None]:
        """Return the record with its trace context, and its trace where it has one."""
        span = start_send(self._tracer, record, ROOT)
        if not span.is_recording():
            return record, None
        return created_in(span, record), Sends((span,))
