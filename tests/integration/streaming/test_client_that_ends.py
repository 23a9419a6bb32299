"""What aiokafka's background tasks leave behind when they end, or wait for long."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator

from stream_service.streaming import polling
from stream_service.streaming.errors import ClientEnded
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        pytest.param(Fetcher, "_get_actions_per_node", id="fetching"),
        pytest.param(GroupCoordinator, "_maybe_do_autocommit", id="coordination"),
    ],
)
async def test_a_client_that_has_ended_ends_the_worker(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    """It would look alive for ever: polls that bring nothing, or fail, and no word of why."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))

    def fault(*_: Any) -> None:
        raise RuntimeError("a fault of the client")

    with pytest.raises(ClientEnded, match="a fault of the client"):
        async with running(cluster, EchoJudge()) as recorder:
            await outcomes_reach(recorder, 3)
            monkeypatch.setattr(owner, method, fault)
            if owner is GroupCoordinator:
                # It comes round at a rebalance.
                async with running(cluster, EchoJudge()):
                    await asyncio.wait_for(recorder.ended.wait(), 30)
            await asyncio.wait_for(recorder.ended.wait(), 30)
    monkeypatch.undo()
    assert len(await replied_event_ids(cluster)) == 3


async def test_a_poll_that_waits_for_the_group_counts_as_alive(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its coordinator may be away in the middle of a rebalance: nobody is to be killed for that."""
    monkeypatch.setattr(polling, "_LOOK_INTERVAL_S", 0.02)
    coordinators: list[Any] = []
    let_go = asyncio.Event()
    join: Any = cast(Any, GroupCoordinator)._do_rejoin_group

    async def joined_late(coordinator: Any, *arguments: Any) -> Any:
        coordinators.append(coordinator)
        if len(coordinators) > 1:
            await let_go.wait()
        return await join(coordinator, *arguments)

    monkeypatch.setattr(GroupCoordinator, "_do_rejoin_group", joined_late)
    await cluster.create_topics()
    async with running(cluster, EchoJudge()) as recorder:
        await until(lambda: len(recorder.started) == 2, "both sessions")
        coordinators[0].request_rejoin()
        await until(lambda: len(coordinators) == 2, "the join that waits")
        # A poll that had begun before it comes to its end.
        await until(lambda: coordinators[0]._subscription.reassignment_in_progress, "the wait")
        before = recorder.polls
        await until(lambda: recorder.polls > before + 5, "signs of life", timeout_s=10)
        let_go.set()
        await cluster.publish(numbered(cluster, range(3)))
        await outcomes_reach(recorder, 3)
