"""Trace contexts in record headers.

Both ways are ours: whatever a foreign producer wrote, reading it never raises, and a record that
goes on has one context, not one more at each hop. Baggage is neither read nor sent on.
"""

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from stream_service.contracts.record import Headers
from stream_service.contracts.trace_context import valid_traceparent

ROOT = Context()
"""Without any span: for traces that begin here."""


def creation_context(headers: Headers) -> SpanContext | None:
    """The context that the record was created in; None where there is none, or a broken one."""
    traceparent = valid_traceparent(headers)
    if traceparent is None:
        return None
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )


def traceparent_of(context: SpanContext) -> str:
    """The header's value for a record that is created in ``context``."""
    trace_id, span_id = format_trace_id(context.trace_id), format_span_id(context.span_id)
    return f"00-{trace_id}-{span_id}-{context.trace_flags:02x}"


def within(context: SpanContext | None) -> Context:
    """For spans whose parent is that of ``context``."""
    return ROOT if context is None else set_span_in_context(NonRecordingSpan(context), ROOT)
