"""A Kafka cluster of one broker or several, inside this process's lifetime."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from stream_service.devkit.kafka import data_folder, jars
from stream_service.devkit.kafka.bring_up import Plan, bring_up, close, wait_until_serving
from stream_service.devkit.kafka.disk import require_space
from stream_service.devkit.kafka.errors import DataFolderUnusable
from stream_service.devkit.kafka.java import JavaCommand, find_java
from stream_service.devkit.kafka.node import Node
from stream_service.devkit.kafka.ports import LOOPBACK
from stream_service.devkit.kafka.progress import Progress, ProgressCallback
from stream_service.devkit.kafka.security import Security
from stream_service.devkit.kafka.server_properties import replicas
from stream_service.devkit.kafka.threads import finish_in_thread
from stream_service.devkit.kafka.topics import Topic, create_topics

# A start takes 2 to 4 s on an idle machine, three brokers on two busy cores many times that.
READY_TIMEOUT_S = 60.0

# A topic takes milliseconds, after a broker's loss as long as its session.
TOPIC_TIMEOUT_S = 15.0

# A broker without room stops at some later write: here it is told at once. Its own files, all but
# empty, take 12 MB.
NEEDED_BYTES = 64 * 1024 * 1024

# How long a lost broker goes unnoticed by `wait_for_exit`.
EXIT_POLL_INTERVAL_S = 0.2


class EmbeddedKafka:
    """A running cluster. Start one with `async with EmbeddedKafka.start() as kafka`."""

    def __init__(self, nodes: Sequence[Node], data_dir: Path, ready_timeout_s: float) -> None:
        self._nodes = tuple(nodes)
        self._ready_timeout_s = ready_timeout_s
        self.data_dir = data_dir

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        brokers: int = 1,
        data_dir: Path | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        security: Security | None = None,
        version: str = jars.KAFKA_VERSION,
        cache_dir: Path | None = None,
        jvm_options: Sequence[str] = (),
        ready_timeout_s: float = READY_TIMEOUT_S,
        on_progress: ProgressCallback | None = None,
    ) -> AsyncGenerator[EmbeddedKafka]:
        """Start a cluster, ready to use, and end it at the end of the block.

        `data_dir` lasts, with the ports that were used first; without it, records live in a
        temporary folder that is removed in the end. `port` is the first broker's, the next ones
        have the next ones. `settings` are Kafka's and win over ours. `security` adds listeners, on
        ports that are chosen anew at each start, and denies to their clients what no ACL allows.
        Whatever way this process ends, the brokers end with it; a Ctrl-C in its terminal does not
        reach them.

        Raises a subclass of EmbeddedKafkaError.
        """
        async with AsyncExitStack() as stack:
            class_path = await jars.class_path(
                version, cache_dir=cache_dir, on_progress=on_progress
            )
            java = JavaCommand(await asyncio.to_thread(find_java), class_path)
            if data_dir is None:
                folder = _make_temporary_folder()
                stack.push_async_callback(
                    finish_in_thread, shutil.rmtree, folder, ignore_errors=True
                )
            else:
                folder = _absolute(data_dir)
                stack.enter_context(data_folder.held(folder))
            await asyncio.to_thread(require_space, folder, NEEDED_BYTES)

            plan = Plan(
                brokers=brokers,
                port=port,
                settings=dict(settings or {}),
                java=java,
                jvm_options=tuple(jvm_options),
                ready_timeout_s=ready_timeout_s,
                is_temporary=data_dir is None,
                security=security,
            )
            nodes = await bring_up(plan, folder, on_progress or _ignore)
            # Records that nobody will read again need no clean stop.
            stack.push_async_callback(close, nodes, cleanly=data_dir is not None)
            yield cls(nodes, folder, ready_timeout_s)

    @property
    def bootstrap_servers(self) -> str:
        """The brokers' addresses as clients take them: `127.0.0.1:20001,127.0.0.1:20002`."""
        return ",".join(f"{LOOPBACK}:{node.address.client_port}" for node in self._nodes)

    def secured_servers(self, listener: str) -> str:
        """The brokers' addresses at the secured listener of that name."""
        return ",".join(f"{LOOPBACK}:{node.secured_ports[listener]}" for node in self._nodes)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """Each broker's process id, or None where it is down."""
        return tuple(node.pid for node in self._nodes)

    async def kill(self, node: int = 0) -> None:
        """End a broker at once by SIGKILL, as a crash would."""
        await self._nodes[node].kill()

    async def stop_node(self, node: int = 0) -> None:
        """End a broker cleanly."""
        await self._nodes[node].stop()

    async def restart(self, node: int = 0) -> None:
        """Start a broker that is down, or stop and start one that runs; returns when it is ready.

        It has the same port and data. Raises PortTaken, BrokerExited, NotReady.
        """
        await self._nodes[node].stop()
        await self._nodes[node].launch()
        await self.wait_until_ready()

    async def suspend(self, node: int = 0) -> None:
        """Freeze a broker by SIGSTOP: its connections stay open and nothing answers on them.

        Returns once it stands still.
        """
        await self._nodes[node].suspend()

    def resume(self, node: int = 0) -> None:
        """Let a frozen broker go on by SIGCONT."""
        self._nodes[node].resume()

    async def wait_until_ready(self) -> None:
        """Wait until every broker that should serve answers and knows the others.

        Raises BrokerExited, PortTaken, NotReady.
        """
        await wait_until_serving(self._nodes, timeout_s=self._ready_timeout_s)

    async def wait_for_exit(self) -> None:
        """Wait for ever, or until a broker ends that nobody ended: raises BrokerExited."""
        while True:
            for node in self._nodes:
                node.raise_if_exited()
            await asyncio.sleep(EXIT_POLL_INTERVAL_S)

    async def create_topics(
        self, topics: Mapping[str, int | Topic], *, timeout_s: float = TOPIC_TIMEOUT_S
    ) -> None:
        """Create topics by name, each from its number of partitions or a Topic.

        Returns when every partition has a leader. Raises TopicsNotCreated.
        """
        await create_topics(
            self.bootstrap_servers,
            {
                name: Topic(partitions=topic) if isinstance(topic, int) else topic
                for name, topic in topics.items()
            },
            default_replication=replicas(len(self._nodes)),
            timeout_s=timeout_s,
        )


def _make_temporary_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="stream-service-kafka-"))
    except OSError as error:
        folder = Path(error.filename or os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - only told
        raise DataFolderUnusable(folder, error.strerror or str(error)) from error


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _ignore(_progress: Progress) -> None:
    pass
