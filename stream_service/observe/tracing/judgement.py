"""Spans of the judgement: the workflow, its nodes, and the calls of the language model.

Below an event that is not sampled nothing is asked and nothing made.
"""

import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import TracebackType

from opentelemetry import context as current
from opentelemetry.trace import (
    Span,
    SpanKind,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import DegradedReason, ModelUsage, Source
from stream_service.contracts.verdict import Verdict
from stream_service.observe.tracing.sending import fail
from stream_service.streaming.judging.judge import Judge

WORKFLOW = "feedback-triage"

_NOTHING = nullcontext()


class TracedJudge:
    """A judge, with a span around each of its runs."""

    def __init__(self, judge: Judge, tracer: Tracer) -> None:
        self._judge = judge
        self._tracer = tracer

    async def __call__(
        self, event: FeedbackEvent, source: Source, received_at: datetime
    ) -> Verdict:
        """Judge ``event``. Raises what the judge raises."""
        if not get_current_span().is_recording():
            return await self._judge(event, source, received_at)
        span = self._tracer.start_span(
            f"invoke_workflow {WORKFLOW}",
            attributes={
                "gen_ai.operation.name": "invoke_workflow",
                "gen_ai.workflow.name": WORKFLOW,
            },
        )
        with _Current(span):
            return await self._judge(event, source, received_at)


class NodeSpans:
    """A span for each run of a node; it implements ``NodeObserver``."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def node(self, name: str) -> AbstractContextManager[None]:
        """Return what is entered around one run of the node ``name``."""
        if not get_current_span().is_recording():
            return _NOTHING
        return _Current(self._tracer.start_span(name))


class ModelSpans:
    """A span for each call of the language model; it implements ``LlmObserver``.

    It is made when the call has ended, within the node that made it.
    """

    def __init__(
        self, tracer: Tracer, *, provider: str, model: str, prices: PriceTable | None = None
    ) -> None:
        """``prices`` tell a span nothing; every observer of a model is given them."""
        self._tracer = tracer
        self._name = f"chat {model}"
        self._attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
        }

    def call_ended(
        self,
        seconds: float,
        error_kind: str | None,
        tokens: Tokens | None,
        finish_reason: str | None,
    ) -> None:
        """One call ended."""
        if not get_current_span().is_recording():
            return
        span = self._tracer.start_span(
            self._name,
            kind=SpanKind.CLIENT,
            attributes=self._attributes,
            start_time=time.time_ns() - round(seconds * 1e9),
        )
        if tokens is not None:
            # What the endpoint did not tell is not 0.
            for kind, count in (("input", tokens.input), ("output", tokens.output)):
                if count is not None:
                    span.set_attribute(f"gen_ai.usage.{kind}_tokens", count)
        if finish_reason is not None:
            # One choice is asked for; the convention wants one reason for each.
            span.set_attribute("gen_ai.response.finish_reasons", (finish_reason,))
        if error_kind is not None:
            fail(span, error_kind)
        span.end()

    def call_repeated(self, error_kind: str) -> None:
        """Pass: the repeated call has a span of its own."""

    def cache_asked(self, *, hit: bool) -> None:
        """Pass."""

    def concurrency_changed(self, limit: int) -> None:
        """Pass."""

    def outage_began(self, reason: DegradedReason, error_kind: str) -> None:
        """Pass."""

    def outage_ended(self, seconds: float) -> None:
        """Pass."""

    def event_read(self, usage: ModelUsage, degraded: DegradedReason | None) -> None:
        """Pass."""


class _Current(AbstractContextManager[None]):
    """A span that is current in the block and ends with it."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> None:
        self._token = current.attach(set_span_in_context(self._span))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        current.detach(self._token)
        if kind is not None:
            fail(self._span, kind.__name__)
        self._span.end()
