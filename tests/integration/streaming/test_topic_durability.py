"""Topics on brokers that would let a leader acknowledge by itself, which is Kafka's default."""

from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.topic_administration import TopicAdministration
from tests.support.cluster import Cluster
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)


async def test_what_is_created_outlives_a_broker_and_what_is_not_is_told() -> None:
    settings = {"min.insync.replicas": "1"}
    async with EmbeddedKafka.start(brokers=3, settings=settings) as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
        topics = cluster.topics
        admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
        await admin.start()
        await admin.create_topics(
            [
                NewTopic(name=topics.events, num_partitions=1, replication_factor=1),
                NewTopic(name=topics.replies, num_partitions=1, replication_factor=3),
            ]
        )
        await admin.close()
        await cluster.create_topics(partitions=1)
        async with TopicAdministration(cluster.connection) as administration:
            told: dict[str, tuple[str, ...]] = {}

            async def all_seen() -> bool:
                # Not every broker has heard of a new topic at once.
                told.update((one.name, one.problems) for one in await administration.check(topics))
                return ("missing",) not in told.values()

            await until(all_seen, "every topic")
    assert any("has 1 of 3 copies" in one for one in told.pop(topics.events))
    assert any("min.insync.replicas is 1, needs 2" in one for one in told.pop(topics.replies))
    assert set(told.values()) == {()}
