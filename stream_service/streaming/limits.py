"""The knobs of the streaming engine."""

from dataclasses import dataclass, field

from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode

READ_AGAIN_OFFSETS = 1_000
"""Of a log that was cut short, whoever reads it: among its last records some may be new ones in
the places of those that are lost. More than a leader lacks that was seconds behind, and few answers
come twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """How much the engine takes on at once, and how long it waits."""

    delivery: DeliveryMode = DeliveryMode.EXACTLY_ONCE
    in_flight: int = 200
    """Judges that run at once, over all partitions."""
    window_events: int = 2_000
    """Events of one partition that are taken and not finished; twice as many may wait for their
    commit. Above either the partition pauses."""
    window_bytes: int = 64 * 1024 * 1024
    """The same, all together, in bytes of input records; of more than four partitions of a topic
    each has its share of four times as many."""
    duplicate_offsets: int = 1_000
    """How many offsets back an event's identity is looked for."""
    read_again_offsets: int = READ_AGAIN_OFFSETS
    """Of a log cut short under its commit, how many of the last offsets are judged again."""
    commit_interval_s: float = 0.1
    """The least time between two transactions of one partition."""
    operation_timeout_s: float = 30.0
    """Bound on a commit and on a session's start: a broker that died is back within 12 s."""
    transaction_timeout_s: float = 10.0
    """After it the broker aborts a dead worker's transaction, which holds back readers."""
    drain_timeout_s: float = 5.0
    """What running judges get, together, at a revoke or shutdown; at most a third of the
    session time-out, so that the group never waits for us in vain."""
    session_timeout_s: float = 15.0
    """Without a heartbeat for so long the group takes a worker's partitions away."""
    max_poll_interval_s: float = 300.0
    """Without a poll for so long the client leaves the group. The loop polls whatever the judges
    do, so only a process that hangs lets it pass."""
    metadata_max_age_s: float = 60.0
    """After it new partitions are looked for; they are read from their beginning."""
    poll_timeout_s: float = 0.5
    """How long one poll waits for records, and so how late a gap of the log is passed over when
    nothing else comes: an idle topic's lag is 0 after it."""
    poll_records: int = 100
    """Most records of one poll: decoding them is what a turn of the loop may cost, and a compressed
    batch can hold that many of 1 MB each."""
    start_timeout_s: float = 60.0
    """How long a start waits for a broker."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
