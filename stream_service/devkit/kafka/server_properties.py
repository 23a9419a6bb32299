"""What a broker is told: the settings that one machine needs, and how Java reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream_service.devkit.kafka.ports import LOOPBACK

# The most copies that are made, and how many of them must have a record before it is acknowledged:
# with three brokers, any one of them may be lost.
MOST_REPLICAS = 3

CLIENT_LISTENER = "CLIENT"
CONTROLLER_LISTENER = "CONTROLLER"


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A node's number and its two ports on the loopback address."""

    node_id: int
    client_port: int
    controller_port: int


def replicas(brokers: int) -> int:
    """Return how many copies of a record a cluster of that size keeps."""
    return min(brokers, MOST_REPLICAS)


def broker_settings(
    node: NodeAddress,
    cluster: Sequence[NodeAddress],
    data_folder: Path,
    overrides: Mapping[str, str],
) -> dict[str, str]:
    """Return the settings of one node of a cluster of combined brokers and controllers."""
    copies = str(replicas(len(cluster)))
    copies_in_sync = str(min(2, replicas(len(cluster))))
    voters = ",".join(f"{peer.node_id}@{LOOPBACK}:{peer.controller_port}" for peer in cluster)
    client_address = f"{CLIENT_LISTENER}://{LOOPBACK}:{node.client_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.node_id),
        "controller.quorum.voters": voters,
        "listeners": (
            f"{client_address},{CONTROLLER_LISTENER}://{LOOPBACK}:{node.controller_port}"
        ),
        "advertised.listeners": client_address,
        "listener.security.protocol.map": (
            f"{CLIENT_LISTENER}:PLAINTEXT,{CONTROLLER_LISTENER}:PLAINTEXT"
        ),
        "inter.broker.listener.name": CLIENT_LISTENER,
        "controller.listener.names": CONTROLLER_LISTENER,
        "log.dirs": str(data_folder),
        # Kafka's defaults want three brokers and refuse to make its own topics on fewer.
        "default.replication.factor": copies,
        "min.insync.replicas": copies_in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": copies_in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": copies_in_sync,
        # 50 partitions each by default: far more than one machine needs, and slow to make.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "4",
        # A misspelt topic is an error, not a topic.
        "auto.create.topics.enable": "false",
        # Waiting for more members (3 s by default) helps a large group, not one worker.
        "group.initial.rebalance.delay.ms": "0",
        # Lets a test see a silent worker's partitions move in less than 6 s.
        "group.min.session.timeout.ms": "1000",
        # A broker that was killed hard may register again when its old session has run out. With
        # the default of 9 s it is back after 12 s, so after 4 s.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        # How often transactions that have run out are looked for, 10 s by default. The open
        # transaction of a dead worker holds readers back for its time-out and up to this.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "2000",
        # An election among nodes of one machine takes milliseconds (1 s by default).
        "controller.quorum.election.timeout.ms": "200",
        # 128 MiB of the heap by default, for a busy cluster's compaction.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        # Enough for one machine's load (8 and 3 by default).
        "num.io.threads": "4",
        "num.network.threads": "2",
        **overrides,
    }


def render_properties(settings: Mapping[str, str]) -> str:
    """Return the text of a Java properties file, in ASCII whatever the settings hold."""
    return "".join(f"{_escape(key)}={_escape(value)}\n" for key, value in settings.items())


def _escape(text: str) -> str:
    return "".join(_escape_character(character) for character in text)


def _escape_character(character: str) -> str:
    if character in "\\=:#! ":
        return f"\\{character}"
    if " " < character <= "~":
        return character
    # Java reads UTF-16 units, so a character outside the basic plane is written as two.
    units = character.encode("utf-16-be")
    return "".join(
        f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2)
    )


# What the broker logs, to a file whose folder the command line tells (as a system property, since
# log4j reads the two characters `${` in a path as its own). Bounded: a broker may run for weeks.
LOG_FOLDER_PROPERTY = "stream.kafka.log.folder"
LOG_FILE = "server.log"
LOG_CONFIGURATION = f"""\
status = error
appender.file.type = RollingFile
appender.file.name = FILE
appender.file.fileName = ${{sys:{LOG_FOLDER_PROPERTY}}}/{LOG_FILE}
appender.file.filePattern = ${{sys:{LOG_FOLDER_PROPERTY}}}/{LOG_FILE}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %-5p %m (%c)%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = FILE
"""
