"""While an output partition has no leader, the cluster is not asked for it without end."""

import asyncio
from collections import Counter
from typing import Any, cast
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.client import metadata_pace
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.engine import running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)

PARTITIONS = 6
EVENTS = 60
"""With a key each: some have their replies where nobody leads."""

WATCHED_S = 3.0


async def test_leaders_are_asked_for_at_a_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    send: Any = cast(Any, AIOKafkaConnection).send

    def counting(connection: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(request, MetadataRequest):
            asked[connection._client_id] += 1
        return send(connection, request, *arguments, **options)

    monkeypatch.setattr(AIOKafkaConnection, "send", counting)
    async with EmbeddedKafka.start(brokers=3) as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
        replies = cluster.topics.replies
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
        await admin.start()
        await admin.create_topics(
            [NewTopic(name=replies, num_partitions=PARTITIONS, replication_factor=1)]
        )
        await admin.close()
        await cluster.create_topics(partitions=PARTITIONS)
        looking: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
        async with client_started(looking), running(cluster, EchoJudge()) as recorder:
            await until(lambda: len(recorder.started) == 2 * PARTITIONS, "all sessions")
            await looking.partitions_for(replies)
            await kafka.kill(2)

            async def is_left() -> bool:
                await looking.client.force_metadata_update()
                known = looking.client.cluster
                return len(known.available_partitions_for_topic(replies)) < PARTITIONS

            await until(is_left, "a partition without a leader", timeout_s=60)
            asked.clear()
            clock = asyncio.get_running_loop().time
            began = clock()
            await cluster.publish(numbered(cluster, range(EVENTS), keys=EVENTS))
            await until(lambda: clock() - began > WATCHED_S, "the time that is watched")
            elapsed_s = clock() - began
            name, most = asked.most_common(1)[0]
    allowed = metadata_pace.AT_ONCE + elapsed_s / metadata_pace.INTERVAL_S + 1
    assert most <= allowed, f"{name} has asked {most} times in {elapsed_s:.1f} s"
