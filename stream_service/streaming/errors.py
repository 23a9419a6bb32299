"""What can go wrong in the transport."""

from collections.abc import Sequence
from enum import StrEnum

from aiokafka.errors import KafkaError


class StreamError(Exception):
    """Base of the transport's errors."""


class BrokerUnreachable(StreamError):
    """No broker answered within the bound."""

    def __init__(self, bootstrap_servers: str, timeout_s: float, hint: str | None = None) -> None:
        super().__init__(
            f"no Kafka broker answered at {bootstrap_servers} within {timeout_s:g} s; "
            + (hint or "check kafka.bootstrap_servers and that the cluster is up")
        )


class ConnectionRefused(BrokerUnreachable):
    """A broker is there and does not let us in, or is not the one we trust.

    Trying again does not help; the message names the setting to look at.
    """

    def __init__(self, reason: str) -> None:
        StreamError.__init__(self, reason)


class TokenUnavailable(StreamError, KafkaError):
    """No token could be had of the identity provider.

    It is a KafkaError too: what else a token provider raises ends aiokafka's background tasks.
    """


class TokenRefused(TokenUnavailable):
    """The identity provider refuses this client; asking again does not help."""


class MissingTopics(StreamError):
    """Topics that must be there are not."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(
            f"missing topics: {', '.join(topics)}; create them with: stream-service topics create"
        )
        self.topics = tuple(topics)


class NotCopartitioned(StreamError):
    """Two topics that belong together differ in their number of partitions."""

    def __init__(self, topic: str, partitions: int, other: str, others: int) -> None:
        super().__init__(
            f"{other} has {others} partitions and {topic} has {partitions}: they must have as many "
            f"as each other; create {other} anew with {partitions}"
        )


class GroupInstanceIdTaken(StreamError):
    """Another process has joined the group as the same static member, and has put this one out."""

    def __init__(self, group_id: str, group_instance_id: str | None) -> None:
        super().__init__(
            f"another worker has joined the group {group_id} with "
            f"consumer.group_instance_id={group_instance_id} and works in this one's place; give "
            "each worker one of its own, or none ({hostname} in it is the machine's name)"
        )


class ClientEnded(StreamError):
    """The Kafka client has ended by a fault of its own: only a new process goes on."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"the Kafka client has ended ({detail}); the worker must be started again")


class NotNow(StreamError):
    """What a record's work needs cannot be had just now, by no fault of the record's.

    The work is tried again for as long as that lasts; its key waits, and nobody else.
    """


class FailureReason(StrEnum):
    """Why a partition session ended by itself; a metric label."""

    FENCED = "fenced"
    TIMED_OUT = "timed_out"
    PUBLISH_FAILED = "publish_failed"
    REFUSED = "refused"
    """The broker does not take what is in the transaction."""
    CLOCK_OFF = "clock_off"
    """The broker does not believe this machine's clock."""
    UNREADABLE = "unreadable"
    """The client cannot parse what the broker gives it."""
    LOG_RESET = "log_reset"
    """The log begins anew: the topic was deleted and created again, or cut short."""
    NEWER_COMMIT = "newer_commit"
    """A newer version of the service has committed what this one cannot read."""
    START_FAILED = "start_failed"
    INTERNAL = "internal"


class SessionFailed(StreamError):
    """A partition session cannot go on; whatever it had not committed is read again."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
