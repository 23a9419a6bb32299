"""What aiokafka's background tasks leave behind when they end."""

import asyncio
from typing import Any

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator

from stream_service.streaming.errors import ClientEnded
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge


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
