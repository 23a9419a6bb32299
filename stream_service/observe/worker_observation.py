"""All that watches one worker, put together."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from stream_service.observe.broker_probe import BrokerProbe
from stream_service.observe.health import HealthCheck
from stream_service.observe.http import ObservationServer
from stream_service.observe.judge_observation import JudgeObservation
from stream_service.observe.llm_log import LoggingLlmObserver
from stream_service.observe.llm_observers import LlmObservers
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
from stream_service.observe.worker_health import WorkerHealth
from stream_service.observe.workers.samples import samples_app
from stream_service.streaming.connection import KafkaConnection
from stream_service.streaming.observer import StreamObserver


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationOptions:
    """Where a worker is observed, and what is said of it."""

    connection: KafkaConnection
    group: str
    host: str
    port: int
    live_within_s: float
    socket: Path | None = None
    """Of a supervisor that serves for all its workers; in place of host and port."""
    analyst: str
    """``llm`` or ``local``."""
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerObservation:
    """What the worker's parts are built with."""

    stream: StreamObserver
    judge: JudgeObservation
    port: int | None = None
    """Where metrics and health are served, if they are."""


def logged_only() -> WorkerObservation:
    """Log lines and nothing else."""
    return WorkerObservation(stream=LoggingObserver(), judge=JudgeObservation())


@asynccontextmanager
async def measured(options: ObservationOptions) -> AsyncGenerator[WorkerObservation]:
    """Log lines and metrics, with metrics and health served until the block ends.

    Raises ServingFailed.
    """
    registry = new_registry()
    metrics = MetricsObserver(registry, options.group)
    probe = BrokerProbe(options.connection)
    health = WorkerHealth(metrics.partitions, probe, live_within_s=options.live_within_s)
    model = health.model = ModelHealth(options.analyst, options.model)
    with _server(options, registry, health) as server:
        logger().info("metrics_served", host=options.host, port=server.port)
        async with _background(EventLoopLag(registry).measure(), probe.run()):
            yield WorkerObservation(
                stream=StreamObservers((LoggingObserver(), metrics, health)),
                judge=JudgeObservation(
                    nodes=NodeMetrics(registry),
                    llm=LlmObservers((LoggingLlmObserver(), model)),
                    watch_queue=ExecutorQueues(registry).watch,
                ),
                port=server.port,
            )


def _server(
    options: ObservationOptions, registry: CollectorRegistry, health: HealthCheck
) -> ObservationServer:
    if options.socket is not None:
        return ObservationServer.at_socket(
            options.socket, metrics=samples_app(registry), health=health
        )
    return ObservationServer(
        options.host,
        options.port,
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
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _told(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        await coroutine
    except Exception:  # noqa: BLE001 - what it measured is missing from then on
        logger().exception("observation_failed")
