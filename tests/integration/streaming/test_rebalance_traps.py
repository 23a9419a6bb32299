"""Faults of groups that users reported (see test_streaming_traps.py): members come and go."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from stream_service.streaming.errors import FailureReason
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode
from tests.support.cluster import Cluster
from tests.support.engine import (
    QUICK,
    each_replied_once,
    event_ids,
    group_of,
    outcomes_reach,
    running,
    until_all_replied,
)
from tests.support.events import numbered
from tests.support.held_commits import HeldCommits
from tests.support.judges import EchoJudge, Gate
from tests.support.passing_member import passing_member
from tests.support.waiting import until


async def test_s1_a_member_joins_in_mid_transaction(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics(partitions=2)
    await cluster.publish(numbered(cluster, range(40), keys=10))
    commits = HeldCommits(monkeypatch, count=2)
    async with running(cluster, EchoJudge(), limits=QUICK):
        await until(lambda: commits.held == 2, "two transactions held open")
        async with running(cluster, EchoJudge(), limits=QUICK):
            commits.released.set()
            await each_replied_once(cluster, 40)


async def test_s2_s5_a_flapping_group_loses_nothing_and_goes_on(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=4)
    judge = EchoJudge(Gate())
    async with running(cluster, judge, limits=QUICK) as recorder:
        for round_ in range(3):
            await cluster.publish(numbered(cluster, range(round_ * 50, round_ * 50 + 50), keys=9))
            async with passing_member(cluster):
                pass
        await each_replied_once(cluster, 150)
        assert not recorder.failures


async def test_s2_what_an_epoch_left_unfinished_is_the_next_ones_to_do(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=10))
    gate = Gate("e3")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 9)
        async with passing_member(cluster):
            pass
        await until(lambda: len(recorder.started) >= 3, "a session of a later epoch")
        gate.let_go("e3")
        await cluster.publish(numbered(cluster, range(10, 20), keys=10))
        await each_replied_once(cluster, 20)

        async def at_the_end() -> bool:
            return (await cluster.committed_offset(group_of(cluster)))[0] == 20

        await until(at_the_end, "a frontier that no stale entry holds back")
        assert not recorder.failures


async def test_s3_a_revoke_commits_no_further_than_the_first_unfinished(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(30), keys=30))
    gate = Gate("e3")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 29)
    frontier, _ = await cluster.committed_offset(group_of(cluster))
    assert frontier == 3
    async with running(cluster, EchoJudge(), limits=QUICK):
        await each_replied_once(cluster, 30)


async def test_s5_a_revoke_during_a_commit_does_not_stop_consumption(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=3))
    commits = HeldCommits(monkeypatch)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await until(lambda: commits.held == 1, "a transaction held open")
        async with passing_member(cluster):
            pass
        # Both topics' sessions of the first epoch, and of the one after the member has left.
        await until(lambda: len(recorder.started) >= 4, "the next epoch's sessions")
        commits.released.set()
        await cluster.publish(numbered(cluster, range(10, 20), keys=3))
        await each_replied_once(cluster, 20)


async def test_s7_a_call_longer_than_the_poll_interval_causes_no_rebalance(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(1)))
    limits = replace(QUICK, max_poll_interval_s=1, window_events=8)
    gate = Gate("e0")
    async with running(cluster, EchoJudge(gate), limits=limits) as recorder:
        await until(lambda: bool(gate.entered))
        await cluster.publish(numbered(cluster, range(1, 30)))
        # Long enough to leave the group thrice: the loop itself is what is waited for.
        polls = recorder.polls
        await until(lambda: recorder.polls >= polls + 20, "twenty polls of 0.2 s")
        gate.let_go("e0")
        await outcomes_reach(recorder, 30)
        assert len(recorder.assignments) == 1


async def test_s10_what_ends_after_a_revoke_is_published_by_one_owner_only(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=10))
    gate = Gate("e4")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 9)
        async with passing_member(cluster):
            pass
        await until(lambda: len(recorder.started) >= 3, "a session of a later epoch")
        polls = recorder.polls
        await until(lambda: recorder.polls >= polls + 5, "the record's second reading")
        gate.let_go("e4")
        await each_replied_once(cluster, 10)


async def test_s14_there_is_exactly_one_assignor(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[Any] = []
    client: Any = AIOKafkaConsumer
    create = client.__init__

    def watched(consumer: Any, *topics: str, **options: Any) -> None:
        if "partition_assignment_strategy" in options:
            chosen.append(options["partition_assignment_strategy"])
        create(consumer, *topics, **options)

    monkeypatch.setattr(client, "__init__", watched)
    await cluster.create_topics()
    async with running(cluster, EchoJudge(), limits=QUICK):
        assert [assignor.name for (assignor,) in chosen] == [RangePartitionAssignor.name]


async def test_s15_a_commit_after_a_revoke_ends_nothing_but_its_session(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once, where the group itself judges commits; another member has joined meanwhile."""
    client: Any = AIOKafkaConsumer
    commit = client.commit
    released = asyncio.Event()
    held = 0
    refused: list[str] = []

    async def commit_late(consumer: Any, offsets: Any) -> None:
        nonlocal held
        held += 1
        await released.wait()
        try:
            await commit(consumer, offsets)
        except KafkaError as error:
            refused.append(type(error).__name__)
            raise

    monkeypatch.setattr(client, "commit", commit_late)
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=3))
    limits = replace(QUICK, delivery=DeliveryMode.AT_LEAST_ONCE)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await until(lambda: held > 0, "a commit that is held")
        async with passing_member(cluster):
            released.set()
            await until(lambda: bool(refused), "its refusal")
        await cluster.publish(numbered(cluster, range(10, 20), keys=3))
        await until_all_replied(cluster, 20)
        assert {failure[1] for failure in recorder.failures} == {FailureReason.FENCED}


async def test_s16_a_session_seeks_before_it_resumes(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("seek", "resume", "pause"):
        original = getattr(AIOKafkaConsumer, name)

        def watched(consumer: Any, *places: Any, name: str = name, original: Any = original) -> Any:
            if consumer._group_id is not None:
                calls.append(name)
            return original(consumer, *places)

        monkeypatch.setattr(AIOKafkaConsumer, name, watched)
    await cluster.create_topics()
    limits = replace(QUICK, window_events=8)
    async with running(cluster, EchoJudge(), limits=limits):
        await until(lambda: "resume" in calls)
        assert calls[0] == "pause", "before anything else"
        assert calls.index("seek") < calls.index("resume")


async def test_s18_a_paused_intake_stays_paused_over_a_rebalance(cluster: Cluster) -> None:
    await cluster.create_topics()
    intake = Intake()
    async with running(cluster, EchoJudge(), limits=QUICK, intake=intake) as recorder:
        intake.pause()
        await cluster.publish(numbered(cluster, range(5)))
        async with passing_member(cluster):
            pass
        # The first epoch's two, and another one after the other member has left.
        await until(lambda: len(recorder.started) >= 3, "a session of a later epoch")
        polls = recorder.polls
        await until(lambda: recorder.polls >= polls + 10, "ten polls", timeout_s=60)
        assert not recorder.outcomes
        intake.resume()
        await each_replied_once(cluster, 5)


async def test_s20_all_sessions_share_one_deadline(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=6)
    await cluster.publish(
        [replace(record, partition=n % 6) for n, record in enumerate(numbered(cluster, range(12)))]
    )
    gate = Gate(*event_ids(12))
    limits = replace(QUICK, drain_timeout_s=1.5)
    loop = asyncio.get_running_loop()
    async with running(cluster, EchoJudge(gate), limits=limits):
        await until(lambda: len(gate.entered) == 6)
        began = loop.time()
    assert loop.time() - began < 6 * 1.5, "six deadlines one after another would take longer"
    assert gate.cancelled
