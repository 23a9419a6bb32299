"""A consumer that starts while its broker comes and goes waits for it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from aiokafka.errors import NodeNotReadyError

from stream_service.streaming.topic_administration import TopicAdministration
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge


async def test_a_broker_that_is_lost_between_connecting_and_asking_is_waited_for(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    partitions: Any = TopicAdministration.partitions
    losses = iter([NodeNotReadyError()])

    async def lost_at_first(
        administration: TopicAdministration, names: Sequence[str]
    ) -> Mapping[str, int]:
        if error := next(losses, None):
            raise error
        return await partitions(administration, names)

    monkeypatch.setattr(TopicAdministration, "partitions", lost_at_first)
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 3)
