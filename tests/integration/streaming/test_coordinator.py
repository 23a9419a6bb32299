"""A committed offset is believed only from the broker that coordinates the group now."""

import pytest

from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.offsets.committed import CommittedOffsets
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from tests.support.cluster import Cluster
from tests.support.engine import group_of


async def test_another_broker_than_the_coordinator_is_not_believed(cluster: Cluster) -> None:
    """A broker that was frozen answers at its waking as the coordinator that it was."""
    await cluster.create_topics()
    group, events = group_of(cluster), Partition(cluster.topics.events, 0)
    await cluster.commit_offset(group, 7, "map")
    publisher = await TransactionalPublisher.open(
        cluster.connection,
        group_id=group,
        partition=events,
        transaction_timeout_s=10,
        operation_timeout_s=20,
    )
    committed = CommittedOffsets(cluster.connection, group_id=group, operation_timeout_s=20)
    await committed.start()
    try:
        answer = await committed.ask(events)
        assert answer.committed == (7, "map")
        await publisher.confirm_coordinator(answer.coordinator)
        with pytest.raises(SessionFailed) as failure:
            await publisher.confirm_coordinator(answer.coordinator + 1)
        assert failure.value.reason is FailureReason.START_FAILED
        assert await committed.read(events) == (7, "map"), "what was written was taken back"
    finally:
        await committed.close()
        await publisher.close()
