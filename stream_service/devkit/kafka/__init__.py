"""A real Kafka broker for developers and tests: no Docker, no Maven, no installed Java."""

from stream_service.devkit.kafka.bring_up import HIGHEST_TCP_PORT
from stream_service.devkit.kafka.cluster import EmbeddedKafka
from stream_service.devkit.kafka.errors import (
    BrokerExited,
    CacheFolderUnusable,
    DataFolderUnusable,
    DevkitNotInstalled,
    DownloadFailed,
    EmbeddedKafkaError,
    FormatFailed,
    JavaNotFound,
    NoSpaceOnDisk,
    NotReady,
    PortTaken,
    TopicsNotCreated,
)
from stream_service.devkit.kafka.foreground import run_foreground
from stream_service.devkit.kafka.jars import (
    KAFKA_VERSION,
    cache_folder,
    class_path,
    tool_class_path,
)
from stream_service.devkit.kafka.progress import Progress, ProgressCallback, Stage
from stream_service.devkit.kafka.security import SecuredListener, Security
from stream_service.devkit.kafka.topics import Topic

__all__ = [
    "HIGHEST_TCP_PORT",
    "KAFKA_VERSION",
    "BrokerExited",
    "CacheFolderUnusable",
    "DataFolderUnusable",
    "DevkitNotInstalled",
    "DownloadFailed",
    "EmbeddedKafka",
    "EmbeddedKafkaError",
    "FormatFailed",
    "JavaNotFound",
    "NoSpaceOnDisk",
    "NotReady",
    "PortTaken",
    "Progress",
    "ProgressCallback",
    "SecuredListener",
    "Security",
    "Stage",
    "Topic",
    "TopicsNotCreated",
    "cache_folder",
    "class_path",
    "run_foreground",
    "tool_class_path",
]
