"""``stream-service demo``: the main job on a real Kafka, in one process and before one's eyes."""

import asyncio
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import SecretStr
from rich.console import Console
from rich.live import Live

from stream_service.assembly import graph_judge
from stream_service.commands.broker import show_progress
from stream_service.commands.demo_check import DemoResult, read_back
from stream_service.commands.display.outcome_rows import OutcomeRow, outcome_row, outcome_table
from stream_service.commands.process.failures import CommandFailed
from stream_service.commands.process.running import run, stop_on_signals
from stream_service.contracts.record import InputRecord
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.sample_feedback import sample_records
from stream_service.extras import install_command
from stream_service.observe.http import ServingFailed
from stream_service.settings import Settings
from stream_service.settings.groups import KafkaSettings
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.publisher import RecordPublisher
from stream_service.streaming.reading.reader import read_records
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of, topics_of
from stream_service.worker import stream_consumer

_FINISH_TIMEOUT_S = 180.0
"""The sample takes some seconds; on a machine that takes longer something is wrong."""

_HOST = "127.0.0.1"
"""Of the console: this machine alone, so that nobody is asked for a token."""

_WIDTH = 110
"""Of the table where there is no terminal to ask."""

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130


def run_demo(settings: Settings, *, once: bool, port: int | None) -> int:
    """Run until Ctrl-C, or with ``once`` to the summary; returns the exit code.

    Raises EmbeddedKafkaError, StreamError, CommandFailed.
    """
    return run(_until_signalled(_Demo(settings, once=once, port=port)))


async def _until_signalled(demo: "_Demo") -> int:
    async with stop_on_signals() as stop:
        running = asyncio.create_task(demo.run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            return EXIT_INTERRUPTED if demo.once else 0
        return running.result()


class _Progress(StreamObserver):
    """Counts what the broker has confirmed."""

    def __init__(self) -> None:
        self.done = 0
        self.changed = asyncio.Event()

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        self.done += 1
        self.changed.set()


class _Demo:
    def __init__(self, settings: Settings, *, once: bool, port: int | None) -> None:
        self.once = once
        self._settings = settings
        self._port = port
        self._console = Console(width=None if sys.stdout.isatty() else _WIDTH)
        self._rows: deque[OutcomeRow] = deque(maxlen=1_000)

    async def run(self) -> int:
        began = time.monotonic()
        with self._console.status("Kafka") as status:
            async with EmbeddedKafka.start(
                port=self._port, on_progress=lambda progress: show_progress(status, progress)
            ) as kafka:
                settings = self._on(kafka)
                topics = topics_of(settings)
                connection = connection_of(settings)
                status.update("creating the topics")
                async with TopicAdministration(connection) as administration:
                    await administration.create(
                        topics, partitions=settings.topics.partitions, replication_factor=1
                    )
                status.update("loading the local analyst")
                progress = _Progress()
                async with (
                    read_records(
                        connection,
                        (topics.replies, topics.reviews, topics.dead_letters),
                        from_beginning=True,
                        follow=True,
                    ) as outputs,
                    graph_judge(settings) as judge,
                    self._web_console(settings, judge, kafka.data_dir) as address,
                    self._worker(settings, judge, progress),
                ):
                    status.stop()
                    records = sample_records(topics.events, datetime.now(UTC))
                    async with RecordPublisher(connection) as publisher:
                        await publisher.publish(records)
                    self._console.print(
                        f"Kafka at {kafka.bootstrap_servers}: {len(records)} events published to "
                        f"{topics.events}"
                    )
                    if not self.once:
                        self._console.print(self._hint(settings, address))
                    await self._watch(settings, outputs, progress, len(records))
                if not self.once:
                    return 0
                result = await read_back(connection, settings, records)
        return self._summary(result, time.monotonic() - began)

    def _on(self, kafka: EmbeddedKafka) -> Settings:
        # Nothing else of how the user's own cluster is reached: this broker asks for no password.
        reached = KafkaSettings(bootstrap_servers=kafka.bootstrap_servers)
        return self._settings.model_copy(update={"kafka": reached})

    @asynccontextmanager
    async def _worker(
        self, settings: Settings, judge: Judge, progress: _Progress
    ) -> AsyncGenerator[None]:
        stop = asyncio.Event()
        consumer = stream_consumer(settings, judge, progress)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(consumer.run(stop))
            try:
                yield
            finally:
                stop.set()

    @asynccontextmanager
    async def _web_console(
        self, settings: Settings, judge: Judge, kept_in: Path
    ) -> AsyncGenerator[str | None]:
        """The web console for the block, and its address; none where it is not wanted or had.

        Its database lies in ``kept_in``, the broker's folder, which goes though the demo be killed.
        """
        if self.once:
            yield None
            return
        try:
            from stream_service.commands.console_serving import serving_console
            from stream_service.console.gateway.server import listen
        except ImportError:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="console-", dir=kept_in) as folder:
            given = settings.console.model_copy(
                update={
                    "host": _HOST,
                    "authentication": "none",
                    "database_url": SecretStr(f"sqlite:///{folder}/console.db"),
                }
            )
            settings = settings.model_copy(update={"console": given})
            try:
                listening = listen(_HOST, given.port)
            except ServingFailed:
                # Another demo, perhaps: any port does.
                listening = listen(_HOST, 0)
            port: int = listening.getsockname()[1]
            async with serving_console(settings, judge, listening):
                yield f"http://{_HOST}:{port}"

    async def _watch(
        self,
        settings: Settings,
        outputs: AsyncIterator[InputRecord],
        progress: _Progress,
        published: int,
    ) -> None:
        with Live(console=self._console, auto_refresh=False, vertical_overflow="visible") as live:
            showing = asyncio.create_task(self._show(settings, outputs, live))
            try:
                if not self.once:
                    await showing
                    return
                async with asyncio.timeout(_FINISH_TIMEOUT_S):
                    while progress.done < published or len(self._rows) < published - 1:
                        progress.changed.clear()
                        waiting = asyncio.create_task(progress.changed.wait())
                        await asyncio.wait({waiting, showing}, timeout=0.2)
                        waiting.cancel()
                        if showing.done():
                            showing.result()
            except TimeoutError:
                raise CommandFailed(
                    f"only {progress.done} of {published} events were done within "
                    f"{_FINISH_TIMEOUT_S:g} s"
                ) from None
            finally:
                showing.cancel()
                with suppress(asyncio.CancelledError):
                    await showing
                live.update(outcome_table(tuple(self._rows)), refresh=True)

    async def _show(
        self, settings: Settings, outputs: AsyncIterator[InputRecord], live: Live
    ) -> None:
        topics = topics_of(settings)
        async for record in outputs:
            self._rows.append(outcome_row(topics, record))
            if self._console.is_terminal:
                fitting = max(5, self._console.height - 8)
                live.update(outcome_table(tuple(self._rows)[-fitting:]), refresh=True)

    def _hint(self, settings: Settings, address: str | None) -> str:
        servers = settings.kafka.bootstrap_servers
        console = (
            f"For pages to watch and work with: {install_command('console')}"
            if address is None
            else f"The console: {address}"
        )
        return (
            f"{console}\n"
            "It stays and watches; Ctrl-C ends it. In another terminal:\n"
            f'  .venv/bin/stream-service -b {servers} publish "Where is my parcel?"\n'
            f"  .venv/bin/stream-service -b {servers} subscribe reviews --from-beginning"
        )

    def _summary(self, result: DemoResult, seconds: float) -> int:
        counts = ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in result.counts.items()
        )
        self._console.print(f"\n{counts} in {seconds:.1f} s")
        for problem in result.problems:
            self._console.print(f"not exactly once: {problem}", style="red")
        document = {
            **result.counts,
            "seconds": round(seconds, 1),
            "exactly_once": not result.problems,
        }
        sys.stdout.write(orjson.dumps(document).decode() + "\n")
        sys.stdout.flush()
        return EXIT_FAILED if result.problems else 0
