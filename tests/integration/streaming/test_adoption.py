"""Judges that run over a rebalance: taken over by the same process, never by another one."""

from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaProducer

from stream_service.streaming.errors import FailureReason
from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import group_of, outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, Gate
from tests.support.passing_member import passing_member
from tests.support.waiting import until

LIMITS = StreamLimits(session_timeout_s=6, drain_timeout_s=0.3)


async def test_a_judge_runs_over_a_rebalance_that_gives_its_partition_back(
    cluster: Cluster,
) -> None:
    """The other member takes no events: they come back to us each time."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(6), keys=6))
    gate = Gate("e0", "e3")
    judge = EchoJudge(gate)
    async with running(cluster, judge, limits=LIMITS) as recorder:
        await until(lambda: gate.entered == {"e0", "e3"})
        async with passing_member(cluster, cluster.topics.review_decisions):
            await until(lambda: len(recorder.assignments) == 2, "a rebalance")
        await until(lambda: len(recorder.assignments) == 3, "another one")
        gate.let_go("e0")
        gate.let_go("e3")
        await outcomes_reach(recorder, 6)
    assert sorted(judge.calls) == [f"e{number}" for number in range(6)], "each judged once"
    assert not gate.cancelled
    assert sorted(await replied_event_ids(cluster)) == [f"e{number}" for number in range(6)]


async def test_what_ended_during_a_rebalance_is_published_once(cluster: Cluster) -> None:
    """Beyond the drain's deadline and before the next session: its outcome waits for that one."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(2), keys=2))
    gate = Gate("e0")
    judge = EchoJudge(gate)
    async with running(cluster, judge, limits=LIMITS) as recorder:
        await until(lambda: bool(gate.entered))
        await outcomes_reach(recorder, 1)
        async with passing_member(cluster, cluster.topics.review_decisions):
            await until(lambda: bool(recorder.revocations), "the revoke")
            gate.let_go("e0")
        await outcomes_reach(recorder, 2)
    assert judge.calls.count("e0") == 1
    assert sorted(await replied_event_ids(cluster)) == ["e0", "e1"]


async def test_a_judge_ends_when_another_process_gets_its_partition(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(1)))
    gate = Gate("e0")
    judge = EchoJudge(gate)
    async with running(cluster, judge, limits=LIMITS) as recorder:
        await until(lambda: bool(gate.entered))
        async with passing_member(
            cluster, cluster.topics.events, cluster.topics.review_decisions
        ) as member:
            assert any(place.topic == cluster.topics.events for place in member.assignment())
            await until(lambda: gate.cancelled == {"e0"}, "the judge's end", timeout_s=5)
        gate.let_go("e0")
        await outcomes_reach(recorder, 1)
    assert judge.calls == ["e0", "e0"]
    assert await replied_event_ids(cluster) == ["e0"]


async def test_a_judge_outlives_a_session_that_was_fenced(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3), keys=3))
    gate = Gate("e1")
    judge = EchoJudge(gate)
    async with running(cluster, judge, limits=LIMITS) as recorder:
        await outcomes_reach(recorder, 2)
        fencing: Any = AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap_servers,
            transactional_id=f"{group_of(cluster)}.{cluster.topics.events}.0",
        )
        await fencing.start()
        await fencing.stop()
        await cluster.publish(numbered(cluster, range(3, 6), keys=3))
        # e4 waits behind e1, its key's earlier event.
        await outcomes_reach(recorder, 4)
        assert [failure[1] for failure in recorder.failures] == [FailureReason.FENCED]
        gate.let_go("e1")
        await outcomes_reach(recorder, 6)
    assert judge.calls.count("e1") == 1
    assert sorted(await replied_event_ids(cluster)) == [f"e{number}" for number in range(6)]


async def test_nothing_runs_on_after_a_stop(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(1)))
    gate = Gate("e0")
    async with running(cluster, EchoJudge(gate), limits=replace(LIMITS, drain_timeout_s=0.1)):
        await until(lambda: bool(gate.entered))
    assert gate.cancelled == {"e0"}
