"""One broker, combined with a controller: its folder and its process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from stream_service.devkit.kafka.data_folder import ClusterIdentity, last_lines
from stream_service.devkit.kafka.errors import BrokerExited, FormatFailed, PortTaken
from stream_service.devkit.kafka.java import JavaCommand, java_environment
from stream_service.devkit.kafka.ports import is_free
from stream_service.devkit.kafka.security import Security
from stream_service.devkit.kafka.server_properties import (
    LOG_CONFIGURATION,
    LOG_FILE,
    LOG_FOLDER_PROPERTY,
    NodeAddress,
    broker_settings,
    render_properties,
)
from stream_service.devkit.kafka.supervised import SupervisedProcess
from stream_service.devkit.kafka.threads import finish_in_thread

# Formatting takes one second, on a loaded machine several.
FORMAT_TIMEOUT_S = 60.0

# A clean stop takes 0.3 s; one that waits for a quorum which has gone never ends by itself.
STOP_TIMEOUT_S = 10.0

# What tells the reason is among the last lines; a Java stack trace is long.
LOG_LINES_SHOWN = 30


class Node:
    """A broker that may run, be suspended, or be down; its address and data outlive its process."""

    def __init__(
        self,
        address: NodeAddress,
        folder: Path,
        java: JavaCommand,
        jvm_options: Sequence[str],
        remove_when_orphaned: Path | None,
        security: Security | None = None,
        secured_ports: Mapping[str, int] | None = None,
    ) -> None:
        self.address = address
        self.secured_ports = dict(secured_ports or {})
        """Those of the secured listeners, by their names."""
        self._security = security
        self.folder = folder
        self._java = java
        self._jvm_options = jvm_options
        self._remove_when_orphaned = remove_when_orphaned
        self._process: SupervisedProcess | None = None
        self._is_suspended = False

    @property
    def pid(self) -> int | None:
        """The process id of the broker's Java, or None while it is down."""
        process = self._process
        return process.pid if process is not None and process.exit_status is None else None

    @property
    def is_serving(self) -> bool:
        """Whether the broker should answer: it was started, and nobody stopped or suspended it."""
        return self._process is not None and not self._is_suspended

    async def prepare(self, cluster: ClusterIdentity, settings: Mapping[str, str]) -> None:
        """Write the node's settings and, in a new folder, format its storage.

        Raises FormatFailed.
        """
        data = self.folder / "data"
        values = broker_settings(self.address, cluster.nodes, data, {})
        if self._security is not None:
            values |= self._security.settings(values, self.secured_ports)
        values |= settings
        await finish_in_thread(self._write_files, data, render_properties(values))
        if not await asyncio.to_thread((data / "meta.properties").exists):
            await self._format(cluster.cluster_id)

    def _write_files(self, data: Path, properties: str) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(properties, "ascii")
        self._log_configuration.write_text(LOG_CONFIGURATION, "ascii")

    async def _format(self, cluster_id: str) -> None:
        # A format that was cut off may have left some of its files.
        arguments = ["format", "-t", cluster_id, "-c", str(self._properties), "--ignore-formatted"]
        if self._security is not None:
            arguments += self._security.format_arguments()
        process = await self._start(self._command("kafka.tools.StorageTool", arguments))
        try:
            if not await process.ended(timeout_s=FORMAT_TIMEOUT_S):
                raise FormatFailed(self.folder, f"it took longer than {FORMAT_TIMEOUT_S:g} s")
        finally:
            await process.kill()
        if process.exit_status != 0:
            raise FormatFailed(self.folder, await asyncio.to_thread(self.last_log_lines))

    async def launch(self) -> None:
        """Start the broker's process; whether it answers is another question.

        Raises PortTaken.
        """
        self.require_free_ports()
        self._process = await self._start(self._command("kafka.Kafka", [str(self._properties)]))
        self._is_suspended = False

    def require_free_ports(self) -> None:
        """Raise PortTaken unless all of the node's ports could be listened on now."""
        own = (self.address.client_port, self.address.controller_port)
        for port in (*own, *self.secured_ports.values()):
            if not is_free(port):
                raise PortTaken(port)

    def raise_if_exited(self) -> None:
        """Raise BrokerExited, or PortTaken where that is why, if the process ended by itself."""
        status = None if self._process is None else self._process.exit_status
        if status is None:
            return
        self._process = None
        # Between our look at the ports and the broker's start another process may come first.
        self.require_free_ports()
        raise BrokerExited(self.address.node_id, status, self.last_log_lines())

    async def kill(self) -> None:
        """End the broker at once, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            await process.kill()

    async def stop(self) -> None:
        """End the broker cleanly; one that takes longer than STOP_TIMEOUT_S is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send(signal.SIGTERM)
        process.send(signal.SIGCONT)
        try:
            await process.ended(timeout_s=STOP_TIMEOUT_S)
        finally:
            await process.kill()

    def abandon(self) -> None:
        """End the broker at once without waiting for its end."""
        process, self._process = self._process, None
        if process is not None:
            process.abandon()

    async def suspend(self) -> None:
        """Freeze the broker: its connections stay open, and nothing answers on them from now on."""
        if self._process is not None:
            self._is_suspended = True
            await self._process.suspend()

    def resume(self) -> None:
        """Let a suspended broker go on."""
        if self._process is not None:
            self._process.send(signal.SIGCONT)
            self._is_suspended = False

    def last_log_lines(self) -> str:
        """Return the end of what the broker and its Java have said."""
        return last_lines([self.folder / LOG_FILE, self._console], LOG_LINES_SHOWN)

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log_configuration(self) -> Path:
        return self.folder / "log4j2.properties"

    @property
    def _console(self) -> Path:
        return self.folder / "console.log"

    async def _start(self, command: Sequence[str]) -> SupervisedProcess:
        return await SupervisedProcess.start(
            command,
            console=self._console,
            environment=java_environment(),
            remove_when_orphaned=self._remove_when_orphaned,
        )

    def _command(self, main_class: str, arguments: Sequence[str]) -> list[str]:
        log_options = (
            f"-Dlog4j2.configurationFile={self._log_configuration}",
            f"-D{LOG_FOLDER_PROPERTY}={self.folder}",
        )
        return self._java.line(main_class, arguments, [*log_options, *self._jvm_options])
