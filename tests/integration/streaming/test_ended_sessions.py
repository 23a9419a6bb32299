"""A session that has ended is gone, with all that it had read, without the garbage collector.

Its full walks come after millions of new objects: hours apart in a quiet worker, which grew by what
a dozen rebalances had left behind.
"""

import gc
import weakref
from collections.abc import Generator

import pytest
from aiokafka import AIOKafkaProducer

from stream_service.streaming.errors import FailureReason
from stream_service.streaming.sessions.session import PartitionSession
from tests.support.cluster import Cluster
from tests.support.engine import QUICK, group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.passing_member import passing_member
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def nothing_is_collected() -> Generator[None]:
    """Only what nobody holds goes."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def sessions(topic: str) -> list["weakref.ref[PartitionSession]"]:
    """Those that there are of ``topic``."""
    return [
        weakref.ref(one)
        for one in gc.get_objects()
        if isinstance(one, PartitionSession) and one.partition.topic == topic
    ]


async def all_are_gone(ended: list["weakref.ref[PartitionSession]"]) -> None:
    """Wait for it: their tasks end a moment after the next sessions have begun."""
    await until(lambda: not any(one() for one in ended), "the end of those sessions")


async def test_sessions_are_gone_after_a_rebalance(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(6), keys=6))
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 6)
        ended = sessions(cluster.topics.events)
        assert ended
        async with passing_member(cluster, cluster.topics.review_decisions):
            await until(lambda: len(recorder.assignments) == 2, "a rebalance")
        await all_are_gone(ended)


async def test_a_session_that_failed_is_gone(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=1)
    await cluster.publish(numbered(cluster, range(1)))
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 1)
        ended = sessions(cluster.topics.events)
        fencing = AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap_servers,
            transactional_id=f"{group_of(cluster)}.{cluster.topics.events}.0",
        )
        await fencing.start()
        await fencing.stop()
        await cluster.publish(numbered(cluster, range(1, 2)))
        await outcomes_reach(recorder, 2)
        assert [failure[1] for failure in recorder.failures] == [FailureReason.FENCED]
        await all_are_gone(ended)
