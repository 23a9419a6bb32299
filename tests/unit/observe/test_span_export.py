"""The way to the collector: bounded in time and in memory, whatever the collector does."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncGenerator

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from stream_service.observe.tracing import export as export_module
from stream_service.observe.tracing.export import SpanExport
from stream_service.observe.tracing.options import TracingOptions
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.waiting import until


@pytest.fixture(autouse=True)
async def _nobody_is_left() -> AsyncGenerator[None]:  # pyright: ignore[reportUnusedFunction]
    """An exporter that is given up still tries again, with luck in its pauses.

    Hypothesis sees the luck of any thread, and fails a later test for it.
    """
    before = set(threading.enumerate())
    yield

    def ended() -> bool:
        return not any(thread.is_alive() for thread in set(threading.enumerate()) - before)

    await until(ended, "the end of the exporter's threads", timeout_s=60)


async def test_what_is_left_is_sent_at_the_end() -> None:
    with OtlpReceiver().running() as receiver:
        async with SpanExport(TracingOptions(endpoint=receiver.endpoint, sampling_ratio=1)) as on:
            on.tracer.start_span("a").end()
        assert [span.name for span in receiver.spans] == ["a"]


async def test_a_silent_collector_does_not_hold_up_the_end() -> None:
    """O13: exit hangs 8 to 10 s in the exporter's shutdown (otel-python#2284)."""
    with OtlpReceiver().running() as receiver:
        receiver.be_silent()
        options = TracingOptions(
            endpoint=receiver.endpoint, sampling_ratio=1, shutdown_timeout_s=0.2
        )
        # Far below the library's own 30 s, and below its time-out for a request.
        async with asyncio.timeout(5):
            async with SpanExport(options) as on:
                on.tracer.start_span("a").end()
        await until(lambda: receiver.held == 1, "the request")
        assert receiver.spans == []


async def test_a_collector_that_is_not_there_does_not_hold_up_the_end() -> None:
    """O13: exit hangs 8 to 10 s in the exporter's shutdown (otel-python#2284)."""
    options = TracingOptions(
        endpoint="http://127.0.0.1:1", sampling_ratio=1, shutdown_timeout_s=0.2
    )
    async with asyncio.timeout(5):
        async with SpanExport(options) as on:
            on.tracer.start_span("a").end()


async def test_a_collector_that_takes_nothing_costs_a_bounded_buffer_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """O15: a live tail eats memory (akhq#1206); here it is the spans that nobody takes."""
    monkeypatch.setattr(export_module, "_QUEUE_SPANS", 100)
    monkeypatch.setattr(export_module, "_BATCH_SPANS", 50)
    counted: Counter[str] = Counter()

    def count(result: str, count: int) -> None:
        counted[result] += count

    with OtlpReceiver().running() as receiver:
        receiver.be_silent()
        options = TracingOptions(
            endpoint=receiver.endpoint, sampling_ratio=1, shutdown_timeout_s=20
        )
        async with SpanExport(options, count) as on:
            for number in range(50):
                on.tracer.start_span(f"taken {number}").end()
            await until(lambda: receiver.held == 1, "a batch under way")
            for number in range(1_000):
                on.tracer.start_span(f"waiting {number}").end()
            assert counted["dropped"] == 900
            receiver.speak()
        assert counted["exported"] == 150
        assert len(receiver.spans) == 150
        assert receiver.spans[-1].name == "waiting 999", "the oldest give way"


def test_spans_are_made_of_nothing_that_could_be_somebodys_words() -> None:
    """An exception's message may hold what a customer wrote; the library would record it."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from stream_service.observe.tracing.judgement import NodeSpans

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with (
        pytest.raises(ValueError, match="secret"),
        tracer.start_as_current_span("event", record_exception=False),
        NodeSpans(tracer).node("classify"),
    ):
        raise ValueError("secret")
    spans: tuple[ReadableSpan, ...] = exporter.get_finished_spans()
    [node] = [span for span in spans if span.name == "classify"]
    assert node.attributes == {"error.type": "ValueError"}
    assert node.status.description is None
    assert not node.events
