"""A review that cannot be read for now holds up nobody who wants to read another."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import aiokafka.client
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.conn import AIOKafkaConnection

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.review import ReviewPointer
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka, Topic
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.errors import NotNow
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.metadata_requests import counted_metadata_requests
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)

PARTITIONS = 9
"""On three brokers: several have the leader that is out of reach."""

AWAY = 2

_client = cast(Any, aiokafka.client)


class _Unreachable:
    """An address from which nothing comes while ``port`` is set; counts who tries.

    Neither on connections that are open already, as behind a network that drops what it should
    pass on.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.port: int | None = None
        self.tried = 0
        connect, send = _client.create_conn, cast(Any, AIOKafkaConnection).send

        async def create_conn(host: str, port: int, **options: Any) -> Any:
            if port == self.port:
                await self._no_answer(options["request_timeout_ms"] / 1000)
            return await connect(host, port, **options)

        def unless_unreachable(connection: Any, *arguments: Any, **options: Any) -> Any:
            if connection.port == self.port:
                return self._no_answer(connection._request_timeout)
            return send(connection, *arguments, **options)

        monkeypatch.setattr(_client, "create_conn", create_conn)
        monkeypatch.setattr(AIOKafkaConnection, "send", unless_unreachable)

    async def _no_answer(self, timeout_s: float) -> None:
        self.tried += 1
        async with asyncio.timeout(timeout_s):
            await asyncio.Event().wait()


@asynccontextmanager
async def reviews_on_three_brokers() -> AsyncGenerator[tuple[EmbeddedKafka, Cluster, Any]]:
    """An item in each partition, of which there is one copy; the client knows where."""
    async with EmbeddedKafka.start(brokers=3) as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
        reviews = cluster.topics.reviews
        await kafka.create_topics({reviews: Topic(partitions=PARTITIONS, replication=1)})
        await cluster.publish(
            [
                OutputRecord(topic=reviews, key=None, value=b"item", partition=number)
                for number in range(PARTITIONS)
            ]
        )
        looking: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
        async with client_started(looking):
            await looking.partitions_for(reviews)
            yield kafka, cluster, looking.client.cluster


def led(brokers: Any, topic: str) -> tuple[list[int], list[int]]:
    """The partitions whose leader is away, and all others."""
    away = {
        place.partition
        for place in brokers.partitions_for_broker(AWAY) or ()
        if place.topic == topic
    }
    return sorted(away), [number for number in range(PARTITIONS) if number not in away]


def pointer(partition: int) -> ReviewPointer:
    return ReviewPointer(partition=partition, offset=0)


async def refusal(fetcher: ReviewFetcher, partition: int) -> str:
    """Why the partition's item cannot be read now; nothing where it was read."""
    try:
        found = await fetcher.fetch(pointer(partition))
    except NotNow as error:
        return str(error)
    assert found is not None
    assert found.value == b"item"
    return ""


async def is_read(fetcher: ReviewFetcher, partition: int) -> bool:
    return not await refusal(fetcher, partition)


async def test_a_leader_that_does_not_answer_holds_up_only_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of its decisions had the fetcher for 15 s and more, again and again."""
    unreachable = _Unreachable(monkeypatch)
    async with reviews_on_three_brokers() as (_, cluster, brokers):
        away, there = led(brokers, cluster.topics.reviews)
        assert len(away) > 1
        fetcher = ReviewFetcher(cluster.connection, cluster.topics.reviews)
        try:
            assert await is_read(fetcher, there[0])
            unreachable.port = brokers.broker_metadata(AWAY).port
            waiting = [
                asyncio.create_task(refusal(fetcher, partition))
                for partition in away
                for _ in range(5)
            ]
            async with asyncio.timeout(10):
                assert await is_read(fetcher, there[0])
                refusals = await asyncio.gather(*waiting)
            assert all(refusals)
            assert sum("fetching" in told for told in refusals) == 1, "one has waited for it"
            # What has been found out is not asked again at once, and nobody waits for it.
            tried = unreachable.tried
            assert not any([await is_read(fetcher, partition) for partition in away])
            assert unreachable.tried == tried
            unreachable.port = None

            async def all_are_read() -> bool:
                return all([await is_read(fetcher, partition) for partition in away])

            await until(all_are_read, "what is within reach again")
        finally:
            await fetcher.aclose()


async def test_what_nobody_leads_is_not_asked_for_by_each_decision_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten a second could be told so, one after another: more decisions had no end."""
    asked = counted_metadata_requests(monkeypatch)
    async with reviews_on_three_brokers() as (kafka, cluster, brokers):
        away, there = led(brokers, cluster.topics.reviews)
        fetcher = ReviewFetcher(cluster.connection, cluster.topics.reviews)
        name = f"{cluster.connection.client_id}-reviews"
        try:
            assert await is_read(fetcher, there[0])
            await kafka.kill(AWAY)

            async def is_told_at_once() -> bool:
                return "nobody leads" in await refusal(fetcher, away[0])

            await until(is_told_at_once, "a partition without a leader", timeout_s=60)
            asked.clear()
            many = [asyncio.create_task(is_read(fetcher, away[0])) for _ in range(200)]
            async with asyncio.timeout(3):
                assert await is_read(fetcher, there[0])
                assert not any(await asyncio.gather(*many))
            assert asked[name] <= 3
        finally:
            await fetcher.aclose()
