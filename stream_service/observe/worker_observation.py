"""All that watches one worker, put together."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from stream_service.graph.observer import NodeObserver
from stream_service.observe.broker_probe import BrokerProbe
from stream_service.observe.health import HealthCheck
from stream_service.observe.http import ObservationServer
from stream_service.observe.judge_observation import (
    JudgeObservation,
    LlmObserverFactory,
    NodeObservers,
    WatchQueue,
    watch_no_queue,
)
from stream_service.observe.llm_metrics import LlmMetrics
from stream_service.observe.logs import logger
from stream_service.observe.metrics.event_loop import EventLoopLag
from stream_service.observe.metrics.executors import ExecutorQueues
from stream_service.observe.metrics.nodes import NodeMetrics
from stream_service.observe.metrics.page import metrics_page
from stream_service.observe.metrics.registry import new_registry
from stream_service.observe.metrics.stream import MetricsObserver
from stream_service.observe.model_health import ModelHealth
from stream_service.observe.observers import StreamObservers
from stream_service.observe.stream_log import LoggingObserver
from stream_service.observe.tracing.options import TracingOptions
from stream_service.observe.worker_health import WorkerHealth
from stream_service.observe.workers.samples import samples_app
from stream_service.streaming.client.closing import end_tasks
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.observer import StreamObserver


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where metrics and health are served."""

    host: str
    port: int
    live_within_s: float
    socket: Path | None = None
    """Of a supervisor that serves for all its workers; in place of host and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationOptions:
    """What watches a worker, beside its log."""

    connection: KafkaConnection
    group: str
    serving: Serving | None = None
    """Without it nothing is measured."""
    tracing: TracingOptions | None = None


def _untraced(judge: Judge) -> Judge:
    return judge


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerObservation:
    """What the worker's parts are built with."""

    stream: StreamObserver
    judge: JudgeObservation
    traced: Callable[[Judge], Judge] = _untraced
    """Puts a span around each judgement, where there is tracing."""
    port: int | None = None
    """Where metrics and health are served, if they are."""


@asynccontextmanager
async def observed_worker(options: ObservationOptions) -> AsyncGenerator[WorkerObservation]:
    """Watch a worker that lives within the block. Raises ServingFailed.

    The block's end comes when everything is committed and the group is left; what remains to be
    told then is bounded.
    """
    parts = _Parts()
    async with AsyncExitStack() as stack:
        registry = new_registry() if options.serving else None
        if options.tracing is not None:
            await _add_tracing(parts, stack, options.tracing, options.group, registry)
        port = None
        if options.serving is not None and registry is not None:
            port = await _add_metrics(parts, stack, options, options.serving, registry)
        yield WorkerObservation(
            stream=StreamObservers(parts.stream),
            judge=JudgeObservation(
                nodes=parts.nodes[0] if len(parts.nodes) == 1 else NodeObservers(parts.nodes),
                llm=parts.llm,
                watch_queue=parts.watch_queue,
            ),
            traced=parts.traced,
            port=port,
        )


@dataclass(slots=True)
class _Parts:
    stream: list[StreamObserver] = field(default_factory=lambda: [LoggingObserver()])
    nodes: list[NodeObserver] = field(default_factory=list[NodeObserver])
    llm: list[LlmObserverFactory] = field(default_factory=list[LlmObserverFactory])
    watch_queue: WatchQueue = watch_no_queue
    traced: Callable[[Judge], Judge] = _untraced


async def _add_tracing(
    parts: _Parts,
    stack: AsyncExitStack,
    options: TracingOptions,
    group: str,
    registry: CollectorRegistry | None,
) -> None:
    # Only here: off, tracing costs nothing, its import neither.
    from stream_service.observe.tracing.counting import count_nothing, span_count
    from stream_service.observe.tracing.export import SpanExport
    from stream_service.observe.tracing.judgement import ModelSpans, NodeSpans, TracedJudge
    from stream_service.observe.tracing.stream import TracingObserver

    count = count_nothing if registry is None else span_count(registry)
    tracer = (await stack.enter_async_context(SpanExport(options, count))).tracer
    parts.stream.append(TracingObserver(tracer, group))
    parts.nodes.append(NodeSpans(tracer))
    parts.llm.append(partial(ModelSpans, tracer))
    parts.traced = lambda judge: TracedJudge(judge, tracer)


async def _add_metrics(
    parts: _Parts,
    stack: AsyncExitStack,
    options: ObservationOptions,
    serving: Serving,
    registry: CollectorRegistry,
) -> int:
    """Returns the port."""
    metrics = MetricsObserver(registry, options.group)
    probe, model = BrokerProbe(options.connection), ModelHealth()
    health = WorkerHealth(metrics.partitions, probe, model, live_within_s=serving.live_within_s)
    server = stack.enter_context(_server(serving, registry, health))
    logger().info("metrics_served", host=serving.host, port=server.port)
    loop_lag = EventLoopLag(registry)
    await stack.enter_async_context(_background(loop_lag.measure(), probe.run()))
    parts.stream += (metrics, health)
    parts.nodes.append(NodeMetrics(registry))
    parts.llm += (model.of, partial(LlmMetrics, registry))
    parts.watch_queue = ExecutorQueues(registry).watch
    return server.port


def _server(
    serving: Serving, registry: CollectorRegistry, health: HealthCheck
) -> ObservationServer:
    if serving.socket is not None:
        return ObservationServer.at_socket(
            serving.socket, metrics=samples_app(registry), health=health
        )
    return ObservationServer(
        serving.host,
        serving.port,
        metrics=metrics_page(registry),
        health=health,
        setting="metrics.port",
    )


@asynccontextmanager
async def _background(*coroutines: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Run them beside the block. One that fails is told, and does not take the worker with it."""
    tasks = [asyncio.create_task(_told(coroutine)) for coroutine in coroutines]
    try:
        yield
    finally:
        await end_tasks(tasks)


async def _told(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        await coroutine
    except Exception:  # noqa: BLE001 - what it measured is missing from then on
        logger().exception("observation_failed")
