"""Static membership: a restart within the session time-out moves no partition of anybody else."""

from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until

LIMITS = StreamLimits(session_timeout_s=20, drain_timeout_s=1)


async def test_a_restart_causes_no_rebalance(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=4)
    judge = EchoJudge()
    async with running(cluster, judge, limits=LIMITS, group_instance_id="a") as staying:
        async with running(cluster, judge, limits=LIMITS, group_instance_id="b") as leaving:
            await until(lambda: len(staying.assignments) == 2, "the second member's rebalance")
            await until(lambda: len(leaving.started) == 4, "its sessions")
        await cluster.publish(numbered(cluster, range(40), keys=20))
        async with running(cluster, judge, limits=LIMITS, group_instance_id="b") as back:

            async def all_replied() -> bool:
                return len(set(await replied_event_ids(cluster))) == 40

            await until(all_replied, "every reply")
            assert back.assignments[0] == leaving.assignments[0], "the same partitions as before"
        assert len(staying.assignments) == 2, "nobody else was disturbed"
    assert len(await replied_event_ids(cluster)) == 40
