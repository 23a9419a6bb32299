"""While a partition has no leader others go on, and the cluster is not asked without end."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming import missing_leaders
from stream_service.streaming.client import metadata_pace
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.partition import Partition
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.decisions import decision, review_places
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.metadata_requests import counted_metadata_requests
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)

PARTITIONS = 6
EVENTS = 60
"""With a key each: some have their replies where nobody leads."""

WATCHED_S = 3.0


async def create_with_one_copy(cluster: Cluster, topic: str) -> None:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    await admin.start()
    await admin.create_topics(
        [NewTopic(name=topic, num_partitions=PARTITIONS, replication_factor=1)]
    )
    await admin.close()


async def until_leaderless(producer: Any, topic: str) -> None:
    """Wait until some partition of the topic has no leader, as ``producer`` knows from then on."""
    await producer.partitions_for(topic)

    async def is_left() -> bool:
        await producer.client.force_metadata_update()
        known = producer.client.cluster
        return len(known.available_partitions_for_topic(topic)) < PARTITIONS

    await until(is_left, "a partition without a leader", timeout_s=60)


async def test_leaders_are_asked_for_at_a_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted_metadata_requests(monkeypatch)
    async with EmbeddedKafka.start(brokers=3) as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
        replies = cluster.topics.replies
        await create_with_one_copy(cluster, replies)
        await cluster.create_topics(partitions=PARTITIONS)
        looking: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
        async with client_started(looking), running(cluster, EchoJudge()) as recorder:
            await until(lambda: len(recorder.started) == 2 * PARTITIONS, "all sessions")
            await kafka.kill(2)
            await until_leaderless(looking, replies)
            asked.clear()
            clock = asyncio.get_running_loop().time
            began = clock()
            await cluster.publish(numbered(cluster, range(EVENTS), keys=EVENTS))
            await until(lambda: clock() - began > WATCHED_S, "the time that is watched")
            elapsed_s = clock() - began
            name, most = asked.most_common(1)[0]
    allowed = metadata_pace.AT_ONCE + elapsed_s / metadata_pace.INTERVAL_S + 1
    assert most <= allowed, f"{name} has asked {most} times in {elapsed_s:.1f} s"


async def test_decisions_on_other_reviews_do_not_wait_for_one_that_nobody_can_read() -> None:
    async with EmbeddedKafka.start(brokers=3) as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
        reviews = cluster.topics.reviews
        await create_with_one_copy(cluster, reviews)
        # All decisions of one partition, those that can be made behind one that cannot.
        await cluster.create_topics(partitions=1)
        looking: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
        async with client_started(looking), running(cluster, EchoJudge()) as recorder:
            await cluster.publish(numbered(cluster, range(EVENTS), keys=EVENTS, rating=1))
            await outcomes_reach(recorder, EVENTS)
            places = await review_places(cluster)
            await kafka.kill(2)
            await until_leaderless(looking, reviews)
            led = looking.client.cluster.available_partitions_for_topic(reviews)
            names = sorted(places, key=lambda name: places[name][0] in led)
            made = sum(places[name][0] in led for name in names)
            assert 0 < made < EVENTS
            await cluster.publish(
                [decision(cluster, name, places[name], f"{name}-1") for name in names]
            )
            await outcomes_reach(recorder, EVENTS + made)
            assert [one for one in recorder.failures if one[1] != FailureReason.FENCED] == []
            await kafka.restart(2)
            await until(
                lambda: len(recorder.outcomes) == 2 * EVENTS, "every decision", timeout_s=60
            )
        assert await cluster.read_committed(cluster.topics.dead_letters) == []


async def test_a_worker_tells_of_its_partitions_that_nobody_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing fails there: they are not read, that is all."""
    monkeypatch.setattr(missing_leaders, "TELL_AFTER_S", 1.0)
    async with EmbeddedKafka.start(brokers=3) as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
        events = cluster.topics.events
        await create_with_one_copy(cluster, events)
        await cluster.create_topics(partitions=PARTITIONS)
        looking: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
        async with client_started(looking), running(cluster, EchoJudge()) as recorder:
            await until(lambda: len(recorder.started) == 2 * PARTITIONS, "all sessions")
            await kafka.kill(2)
            await until_leaderless(looking, events)
            led = looking.client.cluster.available_partitions_for_topic(events)
            missing = {Partition(events, number) for number in range(PARTITIONS)} - {
                Partition(events, number) for number in led
            }
            await until(lambda: bool(recorder.without_leader), "the worker's word")
            assert recorder.without_leader == [missing]
            await kafka.restart(2)
            await until(lambda: len(recorder.without_leader) == 2, "all to be led", timeout_s=60)
            assert not recorder.without_leader[1]
