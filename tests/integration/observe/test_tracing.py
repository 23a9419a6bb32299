"""Spans as a collector gets them, of events that went through a real broker."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
import pytest

from stream_service.assembly import graph_judge
from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import Headers, header_values
from stream_service.contracts.trace_context import TRACEPARENT
from stream_service.devkit.llm_simulator import LlmSimulator
from stream_service.observe.observers import StreamObservers
from stream_service.observe.tracing.export import SpanExport
from stream_service.observe.tracing.options import TracingOptions
from stream_service.observe.tracing.sending import PublisherTracer
from stream_service.observe.worker_observation import observed_worker
from stream_service.settings import load_settings
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.publishing.publisher import RecordPublisher
from stream_service.worker import observation_options, stream_consumer
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.feedback import TEXTS
from tests.support.judges import EchoJudge
from tests.support.observation import options
from tests.support.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.support.scraping import fetch, scrape
from tests.support.waiting import until

FOREIGN_TRACE, FOREIGN_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FOREIGN = f"00-{FOREIGN_TRACE}-{FOREIGN_SPAN}-01".encode()


@pytest.fixture
def receiver() -> Generator[OtlpReceiver]:
    with OtlpReceiver().running() as running_receiver:
        yield running_receiver


def _all(receiver: OtlpReceiver, ratio: float = 1.0) -> TracingOptions:
    return TracingOptions(endpoint=receiver.endpoint, sampling_ratio=ratio)


@asynccontextmanager
async def _echoing(
    cluster: Cluster, receiver: OtlpReceiver, judge: EchoJudge, ratio: float = 1.0
) -> AsyncGenerator[Recorder]:
    """A traced engine; at the end of the block the collector has got every span."""
    await cluster.create_topics()
    async with (
        observed_worker(options(cluster, _all(receiver, ratio))) as observation,
        running(cluster, observation.traced(judge), observers=(observation.stream,)) as recorder,
    ):
        yield recorder


def _only(spans: list[ReceivedSpan], name: str) -> ReceivedSpan:
    [span] = [span for span in spans if span.name == name]
    return span


def _traceparents(headers: Headers) -> list[bytes | None]:
    return list(header_values(headers, TRACEPARENT))


@pytest.mark.timeout(240)
async def test_from_the_publisher_over_every_node_and_call_to_the_reply_it_is_one_tree(
    cluster: Cluster, receiver: OtlpReceiver
) -> None:
    await cluster.create_topics(partitions=2)
    topics = cluster.topics
    async with LlmSimulator.start() as simulator:
        settings = load_settings(
            [
                f"kafka.bootstrap_servers={cluster.bootstrap_servers}",
                f"topics.prefix={topics.prefix}",
                f"consumer.group_id={group_of(cluster)}",
                f"llm.base_url={simulator.base_url}",
                "llm.cache_bytes=0",
                "local.encoder=universal",
                "metrics.port=0",
                "tracing.enabled=true",
                "tracing.sampling_ratio=1",
                f"tracing.endpoint={receiver.endpoint}",
            ]
        )
        records = [
            event_record(
                topics.events,
                FeedbackEvent(event_id=f"e{number}", text=f"{TEXTS[number % len(TEXTS)]} {number}"),
                datetime.now(UTC),
            )
            for number in range(40)
        ]
        recorder, stop = Recorder(), asyncio.Event()
        async with (
            SpanExport(_all(receiver)) as publishing,
            observed_worker(observation_options(settings)) as observation,
            graph_judge(settings, observation=observation.judge) as judge,
        ):
            consumer = stream_consumer(
                settings, observation.traced(judge), StreamObservers((observation.stream, recorder))
            )
            working = asyncio.create_task(consumer.run(stop))
            async with RecordPublisher(
                cluster.connection, tracer=PublisherTracer(publishing.tracer)
            ) as publisher:
                await publisher.publish(records)
            await until(lambda: len(recorder.outcomes) >= len(records), "outcomes", timeout_s=90)
            stop.set()
            await asyncio.wait_for(working, 60)
            assert observation.port is not None
            page = await scrape(observation.port)

    # The same run by its metrics: of the judgement's parts too.
    assert page.total("feedback_node_duration_seconds_count", node="classify") == len(records)
    assert page.total("gen_ai_client_operation_duration_seconds_count") >= len(records)
    assert page.total("feedback_trace_spans_total", result="dropped") == 0
    assert page.label_values("executor") == {"graph-cpu", "local-analyst"}
    assert page.total("feedback_event_loop_lag_seconds_count") > 0
    created = receiver.named(f"send {topics.events}")
    assert len(created) == len(records)
    assert len({span.trace_id for span in created}) == len(records), "one trace an event"
    chats = 0
    for creation in created:
        trace = receiver.trace(creation.trace_id)
        by_id = {span.span_id: span for span in trace}
        assert creation.kind == "PRODUCER"
        assert creation.parent_id == ""
        process = _only(trace, f"process {topics.events}")
        assert process.kind == "CONSUMER"
        assert process.parent_id == creation.span_id
        assert process.links == [(creation.trace_id, creation.span_id)]
        assert process.attributes["messaging.consumer.group.name"] == group_of(cluster)
        assert process.attributes["messaging.message.id"]
        assert isinstance(process.attributes["messaging.destination.partition.id"], str)
        workflow = _only(trace, "invoke_workflow feedback-triage")
        assert workflow.parent_id == process.span_id
        for node in ("measure", "classify", "join", "draft", "guard"):
            assert _only(trace, node).parent_id == workflow.span_id
        # Each node of this event is in this event's trace, however many ran at once.
        assert len([one for one in trace if one.name == "join"]) == 1
        for chat in (one for one in trace if one.name == "chat gpt-4.1-mini"):
            chats += 1
            assert chat.kind == "CLIENT"
            assert by_id[chat.parent_id].name in {"classify", "draft"}
            assert chat.attributes["gen_ai.usage.input_tokens"] > 0
            assert chat.attributes["gen_ai.response.finish_reasons"] == ["stop"]
        [send] = [one for one in trace if one.name.startswith("send ") and one != creation]
        assert send.parent_id == process.span_id
        assert send.end_ns >= process.end_ns, "it ends at the acknowledgement"
        assert {one.status for one in trace} == {"UNSET"}
        assert len(trace) == len(by_id)
        for span in trace:
            assert span.parent_id == "" or span.parent_id in by_id, f"{span.name} hangs loose"
    assert chats >= len(records)
    sends = {
        span.span_id: span.trace_id
        for name in (topics.replies, topics.reviews)
        for span in receiver.named(f"send {name}")
    }
    outputs = await cluster.read_committed(topics.replies, topics.reviews)
    assert len(outputs) == len(records)
    for output in outputs:
        [traceparent] = _traceparents(output.headers)
        assert traceparent is not None
        _, trace_id, span_id, flags = traceparent.decode().split("-")
        assert sends[span_id] == trace_id
        assert int(flags, 16) & 1, "sampled"
    polls = receiver.named(f"poll {topics.events}")
    assert {span.kind for span in polls} == {"CLIENT"}
    linked = {link for span in polls for link in span.links}
    assert {(span.trace_id, span.span_id) for span in created} <= linked
    assert sum(span.attributes["messaging.batch.message_count"] for span in polls) >= len(records)
    commits = receiver.named(f"commit {topics.events}")
    assert {span.attributes["messaging.operation.type"] for span in commits} == {"settle"}
    _no_text_in(receiver, [orjson.loads(record.value or b"")["text"] for record in records])


def _no_text_in(receiver: OtlpReceiver, texts: list[str]) -> None:
    told = "\n".join(str(value) for span in receiver.spans for value in span.attributes.values())
    assert not [text for text in texts if text in told]


@pytest.mark.parametrize(
    "headers",
    [
        ((TRACEPARENT, b"\xff\xfe"),),
        ((TRACEPARENT, b"\xff\xfe"), ("baggage", b"\xff\xfe"), ("tracestate", b"\xff\xfe")),
        ((TRACEPARENT, None), ("baggage", b"a=%FF;;=,")),
        ((TRACEPARENT, FOREIGN[:-1]),),
        ((TRACEPARENT, b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01"),),
    ],
    ids=["bytes", "all three", "null", "cut", "zeros"],
)
async def test_a_foreign_producers_broken_headers_are_ignored(
    cluster: Cluster, receiver: OtlpReceiver, headers: Headers
) -> None:
    """O1: traceparent b'\\xff\\xfe' raises out of the consumer (dd-trace-py#6493)."""
    async with _echoing(cluster, receiver, EchoJudge()) as recorder:
        await cluster.publish_values(b'{"text": "hello", "event_id": "e0"}', headers=headers)
        await outcomes_reach(recorder, 1)
    [reply] = await cluster.read_committed(cluster.topics.replies)
    process = _only(receiver.spans, f"process {cluster.topics.events}")
    assert (process.parent_id, process.links, process.status) == ("", [], "UNSET")
    [traceparent] = _traceparents(reply.headers)
    assert traceparent is not None
    assert traceparent.decode().split("-")[1] == process.trace_id


async def test_a_reply_bears_one_trace_context_and_it_is_its_own(
    cluster: Cluster, receiver: OtlpReceiver
) -> None:
    """O2: republishing appends a second traceparent (spring-kafka#3816)."""
    topics = cluster.topics
    async with _echoing(cluster, receiver, EchoJudge()) as recorder:
        await cluster.publish_values(
            b'{"text": "hello", "event_id": "e0"}', headers=((TRACEPARENT, FOREIGN),)
        )
        await outcomes_reach(recorder, 1)
    [reply] = await cluster.read_committed(topics.replies)
    send = _only(receiver.spans, f"send {topics.replies}")
    process = _only(receiver.spans, f"process {topics.events}")
    assert _traceparents(reply.headers) == [f"00-{FOREIGN_TRACE}-{send.span_id}-01".encode()]
    assert send.trace_id == process.trace_id == FOREIGN_TRACE
    assert process.parent_id == FOREIGN_SPAN


async def test_attempts_that_fail_and_the_dead_letter_stay_in_one_trace(
    cluster: Cluster, receiver: OtlpReceiver
) -> None:
    """A dead letter keeps the headers that its record came with."""

    async def fail(_event: object) -> None:
        raise RuntimeError("what the customer wrote")

    topics = cluster.topics
    await cluster.create_topics()
    limits = StreamLimits(retry=RetryPolicy(attempts=3, first_delay_s=0.01))
    async with (
        observed_worker(options(cluster, _all(receiver))) as observation,
        running(
            cluster,
            observation.traced(EchoJudge(fail)),
            observers=(observation.stream,),
            limits=limits,
        ) as recorder,
    ):
        await cluster.publish_values(b'{"text": "hello"}', b"no JSON")
        await outcomes_reach(recorder, 2)
    failed, unread = await cluster.read_committed(topics.dead_letters)
    if failed.value == b"no JSON":
        failed, unread = unread, failed
    assert _traceparents(failed.headers) == _traceparents(unread.headers) == []
    attempts = [
        span
        for span in receiver.named(f"process {topics.events}")
        if span.attributes["error.type"] == "RuntimeError"
    ]
    assert len(attempts) == 3
    assert len({span.trace_id for span in attempts}) == 1
    assert recorder.retried_traces == [attempts[0].trace_id] * 2
    assert {span.status for span in attempts} == {"ERROR"}
    trace = receiver.trace(attempts[0].trace_id)
    assert len([span for span in trace if span.name == f"send {topics.dead_letters}"]) == 1
    [refused] = [
        span
        for span in receiver.named(f"process {topics.events}")
        if span.attributes["error.type"] == "InvalidRecord"
    ]
    assert _only(receiver.trace(refused.trace_id), f"send {topics.dead_letters}").parent_id == (
        refused.span_id
    )
    told = str([span.attributes for span in receiver.spans])
    assert "what the customer wrote" not in told


async def test_an_event_that_is_not_sampled_has_no_span_and_goes_on_as_it_came(
    cluster: Cluster, receiver: OtlpReceiver
) -> None:
    unsampled = FOREIGN[:-2] + b"00"
    async with _echoing(cluster, receiver, EchoJudge(), ratio=0.0) as recorder:
        await cluster.publish_values(b'{"text": "a", "event_id": "e0"}')
        await cluster.publish_values(
            b'{"text": "b", "event_id": "e1"}', headers=((TRACEPARENT, unsampled),)
        )
        await cluster.publish_values(
            b'{"text": "c", "event_id": "e2"}', headers=((TRACEPARENT, FOREIGN),)
        )
        await outcomes_reach(recorder, 3)
    replies = {
        orjson.loads(reply.value or b"")["event_id"]: _traceparents(reply.headers)
        for reply in await cluster.read_committed(cluster.topics.replies)
    }
    assert replies["e0"] == []
    assert replies["e1"] == [unsampled]
    assert {span.trace_id for span in receiver.spans} == {FOREIGN_TRACE}, "its publisher chose it"


async def test_a_slow_event_leads_to_its_trace(cluster: Cluster, receiver: OtlpReceiver) -> None:
    await cluster.create_topics()
    async with (
        observed_worker(options(cluster, _all(receiver))) as observation,
        running(
            cluster, observation.traced(EchoJudge()), observers=(observation.stream,)
        ) as recorder,
    ):
        assert observation.port is not None
        await cluster.publish(numbered(cluster, range(1)))
        await outcomes_reach(recorder, 1)
        _, page = await asyncio.to_thread(
            fetch, observation.port, "/metrics", "application/openmetrics-text; version=1.0.0"
        )
    process = _only(receiver.spans, f"process {cluster.topics.events}")
    [line] = [
        line
        for line in page.decode().splitlines()
        if line.startswith("feedback_event_latency_seconds_bucket") and "trace_id" in line
    ]
    assert f'# {{trace_id="{process.trace_id}"}}' in line
