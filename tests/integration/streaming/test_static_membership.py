"""Static membership: a restart within the session time-out moves no partition of anybody else."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator

from stream_service.commands.process.failures import EXIT_USAGE
from stream_service.streaming.errors import GroupInstanceIdTaken
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.ownership import PartitionOwnership
from stream_service.streaming.partition import Partition
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, each_replied_once, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until
from tests.support.worker_process import SHORT_SESSION, worker

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


class Heartbeats:
    """Counts those that the group has acknowledged, whoever sent them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.acknowledged = 0
        coordinator: Any = GroupCoordinator
        beat = coordinator._do_heartbeat

        async def counted(coordinator: Any) -> Any:
            is_member = await beat(coordinator)
            self.acknowledged += bool(is_member)
            return is_member

        monkeypatch.setattr(coordinator, "_do_heartbeat", counted)

    async def require_undisturbed(self, newer: Recorder) -> None:
        """Of a member that is alone by now: a join that the older one had sent before its end would
        put it out at its next heartbeat."""
        since = self.acknowledged
        await until(
            lambda: self.acknowledged > since + 3 or newer.ended.is_set(), "heartbeats since"
        )
        assert not newer.ended.is_set()
        assert len(newer.assignments) == 1


async def test_two_of_one_instance_id_do_not_put_each_other_out_for_ever(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker tells the older one that it is fenced (KIP-345); it ends, and says why."""
    await cluster.create_topics(partitions=4)
    heartbeats = Heartbeats(monkeypatch)
    judge, limits = EchoJudge(), replace(LIMITS, session_timeout_s=6)
    newer = Recorder()
    # What ends the newer one must not pass for what the older one ends with.
    async with AsyncExitStack() as newers:
        with pytest.raises(
            GroupInstanceIdTaken, match=r"consumer\.group_instance_id=a\b.*each worker"
        ):
            async with running(cluster, judge, limits=limits, group_instance_id="a") as older:
                await until(lambda: len(older.started) == 8, "its sessions")
                await newers.enter_async_context(
                    running(cluster, judge, limits=limits, group_instance_id="a", recorder=newer)
                )
                await until(lambda: len(newer.started) == 8, "the newer one's sessions")
                await cluster.publish(numbered(cluster, range(40), keys=20))
                await each_replied_once(cluster, 40)
                await until(older.ended.is_set, "the older one's end")
        await heartbeats.require_undisturbed(newer)


@pytest.mark.parametrize("session_timeout_s", [6, 30])
async def test_who_is_replaced_while_it_gives_its_partitions_back_ends_too(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, session_timeout_s: int
) -> None:
    """It joins as the member that it was: the broker refuses that with an error unknown here.

    With many heartbeats one tells it before that nobody knows it, and it would join as a new one.
    """
    await cluster.create_topics(partitions=4)
    giving_back, replaced = asyncio.Event(), asyncio.Event()
    give_back = PartitionOwnership.give_back

    async def once_replaced(self: PartitionOwnership, partitions: frozenset[Partition]) -> None:
        if partitions and not giving_back.is_set():
            giving_back.set()
            await asyncio.wait_for(replaced.wait(), 30)
        await give_back(self, partitions)

    monkeypatch.setattr(PartitionOwnership, "give_back", once_replaced)
    heartbeats = Heartbeats(monkeypatch)
    judge = EchoJudge()
    limits = replace(LIMITS, session_timeout_s=session_timeout_s, metadata_max_age_s=1)
    newer = Recorder()
    async with AsyncExitStack() as newers:
        with pytest.raises(GroupInstanceIdTaken):
            async with running(cluster, judge, limits=limits, group_instance_id="a") as older:
                await until(lambda: len(older.started) == 8, "its sessions")
                await cluster.add_partitions(5)
                await asyncio.wait_for(giving_back.wait(), 30)
                await newers.enter_async_context(
                    running(cluster, judge, limits=limits, group_instance_id="a", recorder=newer)
                )
                replaced.set()
                await until(older.ended.is_set, "its end")
        await heartbeats.require_undisturbed(newer)


async def test_whose_session_has_expired_comes_back(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics(partitions=4)
    silent = asyncio.Event()
    coordinator: Any = GroupCoordinator
    beat = coordinator._do_heartbeat

    async def beat_unless_silent(self: Any) -> bool:
        if silent.is_set() and self._group_instance_id == "a":
            return True
        return await beat(self)

    monkeypatch.setattr(coordinator, "_do_heartbeat", beat_unless_silent)
    judge, limits = EchoJudge(), replace(LIMITS, session_timeout_s=6)
    async with (
        running(cluster, judge, limits=limits, group_instance_id="a") as silenced,
        running(cluster, judge, limits=limits, group_instance_id="b") as other,
    ):
        await until(lambda: len(silenced.assignments) == 2, "both have joined")
        silent.set()
        await until(lambda: len(other.assignments[-1]) == 8, "all partitions go to the other")
        silent.clear()
        await until(lambda: len(silenced.assignments) == 3, "it joins again")
        assert silenced.assignments[2] == silenced.assignments[1]


async def test_a_worker_that_is_put_out_says_which_setting_is_wrong(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics(partitions=2)
    given = ("consumer.group_instance_id=a", SHORT_SESSION)
    log, newer_log = tmp_path / "older", tmp_path / "newer"
    with worker(cluster, *given, log=log) as older:
        await until(lambda: b"session_started" in log.read_bytes(), "its work", timeout_s=60)
        with worker(cluster, *given, log=newer_log) as newer:
            await until(lambda: older.poll() is not None, "the older one's end", timeout_s=60)
            assert older.returncode == EXIT_USAGE
            assert b"consumer.group_instance_id=a" in log.read_bytes().splitlines()[-1]
            assert b"Traceback" not in log.read_bytes()
            assert newer.poll() is None
            await until(lambda: b"session_started" in newer_log.read_bytes(), "the newer one")
