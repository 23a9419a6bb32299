"""Topics are created though the broker does not name itself at first."""

from typing import Any

import pytest
from aiokafka.cluster import ClusterMetadata

from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.topic_administration import TopicAdministration
from tests.support.cluster import Cluster


@pytest.fixture
def passed_over(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The first lists of brokers, which aiokafka passes over as it does empty ones.

    A real broker sends an empty one for some tenths of a second after a pause, and not every time.
    """
    update: Any = vars(ClusterMetadata)["update_metadata"]
    lists: list[Any] = []

    def later(cluster: ClusterMetadata, metadata: Any) -> Any:
        if len(lists) < 4:
            lists.append(metadata)
            return None
        return update(cluster, metadata)

    monkeypatch.setattr(ClusterMetadata, "update_metadata", later)
    return lists


async def test_the_service_waits_until_somebody_can_create_its_topics(
    cluster: Cluster, passed_over: list[Any]
) -> None:
    async with TopicAdministration(cluster.connection, start_timeout_s=20) as administration:
        created = await administration.create(cluster.topics, partitions=1)
    assert len(passed_over) == 4
    assert cluster.topics.events in created


async def test_the_embedded_broker_waits_too(kafka: EmbeddedKafka, passed_over: list[Any]) -> None:
    await kafka.create_topics({"just-back": 1})
    assert len(passed_over) == 4
