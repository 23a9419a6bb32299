"""Static membership: a restart within the session time-out moves no partition of anybody else."""

from dataclasses import replace

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


async def test_partitions_are_found_though_the_group_s_leader_came_back_to_its_place(
    cluster: Cluster,
) -> None:
    """Only a leader looks for them, and one that came back to its place leads no longer."""
    await cluster.create_topics(partitions=2)
    judge, limits = EchoJudge(), replace(LIMITS, metadata_max_age_s=1)
    async with running(cluster, judge, limits=limits, group_instance_id="a"):
        pass
    async with running(cluster, judge, limits=limits, group_instance_id="a") as back:
        await cluster.add_partitions(4)
        await until(lambda: len(back.assignments) == 2, "a rebalance")
        await cluster.publish(numbered(cluster, range(40), keys=20))

        async def all_replied() -> bool:
            return len(set(await replied_event_ids(cluster))) == 40

        await until(all_replied, "every reply")


async def test_who_is_to_leave_at_its_stop_leaves_its_partitions_to_others(
    cluster: Cluster,
) -> None:
    await cluster.create_topics(partitions=4)
    judge, limits = EchoJudge(), replace(LIMITS, session_timeout_s=40)
    async with running(cluster, judge, limits=limits, group_instance_id="a") as staying:
        async with running(
            cluster, judge, limits=limits, group_instance_id="b", leave_at_stop=True
        ):
            await until(lambda: len(staying.assignments) == 2, "the second member's rebalance")
        await until(lambda: len(staying.assignments) == 3, "the rebalance after it")
        assert staying.assignments[2] == staying.assignments[0]


async def test_what_one_member_has_found_the_others_learn_at_once(cluster: Cluster) -> None:
    """It tells the group, which gives all out anew; the leader would look in five minutes."""
    await cluster.create_topics(partitions=2)
    judge, soon = EchoJudge(), replace(LIMITS, metadata_max_age_s=1)
    late = replace(LIMITS, metadata_max_age_s=300)
    async with (
        running(cluster, judge, limits=late) as leader,
        running(cluster, judge, limits=soon),
    ):
        await until(lambda: len(leader.assignments) == 2, "the second member's rebalance")
        await cluster.add_partitions(4)
        await cluster.publish(numbered(cluster, range(40), keys=20))

        async def all_replied() -> bool:
            return len(set(await replied_event_ids(cluster))) == 40

        await until(all_replied, "every reply")
        assert len(leader.assignments) <= 4, "a rebalance by the news, one by the leader's own look"
