"""What was fetched of a partition is kept while it is paused, and given out afterwards."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.fetch import FetchRequest

from stream_service.streaming.client.fetch_wait import FetchWait
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.client.tolerant_fetching import install_tolerant_fetching
from stream_service.streaming.client.tolerant_parsing import install_tolerant_parsing
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.partition import Partition
from stream_service.streaming.sessions.feed import ConsumerFeed
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until

RECORDS = 600


class Fetched:
    """How many bytes of records the consumers of groups have been sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.size_bytes = 0
        connection: Any = AIOKafkaConnection
        send = connection.send

        async def watched(connection: Any, request: Any, **given: Any) -> Any:
            answer = await send(connection, request, **given)
            if isinstance(request, FetchRequest) and connection._client_id.endswith("-consumer"):
                for _, partitions in answer.topics:
                    self.size_bytes += sum(len(told[-1] or b"") for told in partitions)
            return answer

        monkeypatch.setattr(connection, "send", watched)


async def test_a_backlog_of_one_key_is_fetched_once(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue pauses the partition again and again, and what was fetched was thrown away."""
    fetched = Fetched(monkeypatch)
    await cluster.create_topics()
    events = numbered(cluster, range(RECORDS))
    await cluster.publish(events)
    limits = StreamLimits(window_events=80, poll_records=20)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await outcomes_reach(recorder, RECORDS)
    size_bytes = sum(
        len(event.value or b"")
        + sum(len(name) + len(value or b"") for name, value in event.headers)
        for event in events
    )
    assert size_bytes < fetched.size_bytes < 1.5 * size_bytes


async def test_what_was_kept_ends_the_wait_of_a_poll(cluster: Cluster) -> None:
    """Nothing is fetched when the partition goes on, so nothing else would end it."""
    install_tolerant_fetching()
    install_tolerant_parsing()
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    partition = Partition(topic=cluster.topics.events, number=0)
    place = topic_partition(partition)
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=cluster.bootstrap_servers, auto_offset_reset="earliest"
    )
    async with client_started(consumer):
        consumer.assign([place])
        feed = ConsumerFeed(consumer, partition, FetchWait(consumer))
        first = await consumer.getmany(timeout_ms=60_000, max_records=1)
        feed.pause()
        while_paused = await consumer.getmany(timeout_ms=0)
        polling = asyncio.create_task(consumer.getmany(timeout_ms=60_000))
        await until(lambda: bool(consumer._fetcher._fetch_waiters), "a poll that waits")
        feed.resume()
        async with asyncio.timeout(10):
            rest = await polling
    assert [record.offset for record in first[place]] == [0]
    assert not while_paused
    assert [record.offset for record in rest[place]] == [1, 2]
