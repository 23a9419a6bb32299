"""The consumer behind every reading in a group."""

from typing import Any

from aiokafka import AIOKafkaConsumer

from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.fetch_wait import USUAL_FETCH_WAIT_MS
from stream_service.streaming.client.tolerant_fetching import install_tolerant_fetching
from stream_service.streaming.client.tolerant_parsing import install_tolerant_parsing
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.partition_counts import PartitionCounts

OFFSET_RESET = "earliest"
"""Before a group's first commit, and where its offset is gone: all that there is, so that nothing
is left out. Whoever measures its lag must count likewise."""

HEARTBEATS_A_SESSION = 10
"""A member hears of a rebalance by the answer to one: what a worker leaves at its stop is nobody's
until then. With the default session of 15 s others had it after 0.3 to 1.5 s, with five heartbeats
a session after 0.3 to 3.0. A death is seen the later: after 14.3 s in the mean, not 13.5."""


def new_group_consumer(
    connection: KafkaConnection,
    *,
    group_id: str,
    group_instance_id: str | None,
    limits: StreamLimits,
    counts: PartitionCounts,
) -> Any:
    """A consumer of the group, not started yet, that commits nothing by itself."""
    install_tolerant_fetching()
    install_tolerant_parsing()
    session_timeout_ms = round(limits.session_timeout_s * 1000)
    return AIOKafkaConsumer(
        **connection.client_options("consumer"),
        group_id=group_id,
        group_instance_id=group_instance_id,
        enable_auto_commit=False,
        auto_offset_reset=OFFSET_RESET,
        isolation_level="read_committed",
        # aiokafka keeps the sticky assignor's state on the class, shared by all consumers.
        partition_assignment_strategy=(counts,),
        session_timeout_ms=session_timeout_ms,
        heartbeat_interval_ms=session_timeout_ms // HEARTBEATS_A_SESSION,
        max_poll_interval_ms=round(limits.max_poll_interval_s * 1000),
        fetch_max_wait_ms=USUAL_FETCH_WAIT_MS,
        metadata_max_age_ms=round(limits.metadata_max_age_s * 1000),
    )
