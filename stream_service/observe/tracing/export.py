"""Handing spans to a collector, over OTLP and HTTP."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Tracer

from stream_service.observe.build_info import VERSION
from stream_service.observe.logs import logger
from stream_service.observe.tracing.counting import SpanCount, count_nothing
from stream_service.observe.tracing.options import TracingOptions

SERVICE = "stream-service"

_QUEUE_SPANS = 8_192
"""About 20 MB: what some seconds of a collector's silence may cost; then spans are dropped."""

_BATCH_SPANS = 512

_EXPORT_TIMEOUT_S = 10.0


class SpanExport:
    """The tracer, and its way to the collector. Use it as an asynchronous context manager.

    Enter it before what it traces: it then ends behind it, once everything is committed and the
    group is left, and its end is bounded whatever the collector does.
    """

    def __init__(self, options: TracingOptions, count: SpanCount = count_nothing) -> None:
        self._timeout_s = options.shutdown_timeout_s
        exporter = OTLPSpanExporter(
            endpoint=f"{options.endpoint.rstrip('/')}/v1/traces",
            headers=dict(options.headers),
            timeout=_EXPORT_TIMEOUT_S,
        )
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(options.sampling_ratio)),
            resource=Resource.create({"service.name": SERVICE, "service.version": VERSION}),
            # Its own hook at the interpreter's exit waits for as long as the exporter likes.
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(_Batches(_Counted(exporter, count), count))
        self.tracer: Tracer = self._provider.get_tracer(SERVICE, VERSION)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Send what is left, within the bound; what is not sent by then is lost."""
        # A thread that nobody waits for at the interpreter's end: the exporter sleeps between its
        # attempts, and a collector that accepts and is silent holds a request up.
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=shut_down, name="span-export-end", daemon=True).start()
        try:
            async with asyncio.timeout(self._timeout_s):
                await ended.wait()
        except TimeoutError:
            logger().warning("spans_lost", timeout_s=self._timeout_s)


class _Batches(BatchSpanProcessor):
    """Counts what it drops: the library only logs it."""

    def __init__(self, exporter: SpanExporter, count: SpanCount) -> None:
        super().__init__(exporter, max_queue_size=_QUEUE_SPANS, max_export_batch_size=_BATCH_SPANS)
        self._count = count

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span that has ended; the oldest in the queue gives way where it is full."""
        # Nobody else tells how many wait.
        waiting: Any = self._batch_processor._queue  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownVariableType]
        if len(waiting) >= _QUEUE_SPANS:
            self._count("dropped", 1)
        super().on_end(span)


class _Counted(SpanExporter):
    def __init__(self, exporter: SpanExporter, count: SpanCount) -> None:
        self._exporter = exporter
        self._count = count

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        is_taken = result is SpanExportResult.SUCCESS
        self._count("exported" if is_taken else "failed", len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
