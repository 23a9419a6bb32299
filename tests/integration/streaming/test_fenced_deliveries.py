"""What a fenced session had handed over is nobody's loose end."""

import asyncio
import gc
from typing import Any

import pytest

from stream_service.contracts.record import OutputRecord
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from tests.support.cluster import Cluster
from tests.support.engine import group_of


async def opened(cluster: Cluster) -> TransactionalPublisher:
    return await TransactionalPublisher.open(
        cluster.connection,
        group_id=group_of(cluster),
        partition=Partition(cluster.topics.events, 0),
        transaction_timeout_s=10,
        operation_timeout_s=20,
    )


def outcomes(cluster: Cluster, count: int) -> list[Outcome]:
    """More than a batch holds: the later ones wait until the first batch is gone."""
    record = OutputRecord(topic=cluster.topics.replies, key=b"k", value=b"x" * 10_000)
    return [
        Outcome(offset=offset, kind=OutcomeKind.REPLIED, records=(record,), received_timestamp_ms=0)
        for offset in range(count)
    ]


async def fenced_in_mid_commit(cluster: Cluster, count: int) -> FailureReason:
    """Alone in a function: what holds the failure holds the deliveries."""
    former = await opened(cluster)
    try:
        await former.commit(outcomes(cluster, 1), offset=1, metadata="")
        owner = await opened(cluster)
        await owner.close()
        await former.commit(outcomes(cluster, count), offset=101, metadata="")
    except SessionFailed as failure:
        return failure.reason
    finally:
        await former.close()
    raise AssertionError("it was not fenced")


@pytest.mark.parametrize("count", [1, 100], ids=["one batch", "more than a batch holds"])
async def test_they_are_not_logged_as_never_retrieved(cluster: Cluster, count: int) -> None:
    """It was an error in the log for each of them, at a fencing, which is everyday."""
    await cluster.create_topics()
    loop = asyncio.get_running_loop()
    loose_ends: list[str] = []

    def told(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loose_ends.append(str(context["message"]))

    loop.set_exception_handler(told)
    try:
        assert await fenced_in_mid_commit(cluster, count) is FailureReason.FENCED
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert loose_ends == []
