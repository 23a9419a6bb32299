"""Runs the embedded broker for a terminal: until Ctrl-C, SIGTERM, or the broker's own end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from stream_service.devkit.kafka.cluster import EmbeddedKafka
from stream_service.devkit.kafka.jars import KAFKA_VERSION
from stream_service.devkit.kafka.progress import ProgressCallback

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def run_foreground(
    on_ready: Callable[[EmbeddedKafka], Awaitable[None]],
    *,
    brokers: int = 1,
    data_dir: Path | None = None,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
    version: str = KAFKA_VERSION,
    cache_dir: Path | None = None,
    on_progress: ProgressCallback | None = None,
    on_stopping: Callable[[], None] | None = None,
) -> None:
    """Run a cluster until SIGINT or SIGTERM, also while it is still being fetched or started.

    `on_ready` is awaited once, when the cluster answers; `on_stopping` is called when a signal has
    come. The arguments are those of EmbeddedKafka.start. Runs on the main thread's event loop only,
    and takes over both signals meanwhile. Raises a subclass of EmbeddedKafkaError, BrokerExited
    among them when a broker ends by itself, and whatever `on_ready` raises.
    """

    async def serve() -> None:
        async with EmbeddedKafka.start(
            brokers=brokers,
            data_dir=data_dir,
            port=port,
            settings=settings,
            version=version,
            cache_dir=cache_dir,
            on_progress=on_progress,
        ) as kafka:
            await on_ready(kafka)
            await kafka.wait_for_exit()

    loop = asyncio.get_running_loop()
    is_stopping = False
    serving = asyncio.create_task(serve())

    def stop() -> None:
        nonlocal is_stopping
        # A second signal must not cut the clean stop short: each of its steps has a bound.
        if is_stopping:
            return
        is_stopping = True
        if on_stopping is not None:
            on_stopping()
        serving.cancel()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await serving
    except asyncio.CancelledError:
        # Cancelled by a signal this is the wanted end; otherwise it is our caller's wish.
        if not is_stopping or _is_cancelled_from_outside():
            raise
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


def _is_cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
