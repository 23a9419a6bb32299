"""The lag exporter on a real broker."""

import asyncio
import os
import time
import urllib.request
from collections.abc import Sequence
from typing import Any, cast

import confluent_kafka
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream_service.commands.lag_options import lag_options_of
from stream_service.observe.http import ObservationServer
from stream_service.observe.lag.cluster_reader import Watched
from stream_service.observe.lag.exporter import LagExporter
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.observe.lag.patterns import NamePattern
from stream_service.observe.lag.snapshot import GroupSummary
from stream_service.settings import load_settings
from stream_service.transport_settings import connection_of
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.events import numbered
from tests.support.lag import watched_group
from tests.support.waiting import until


def _scraped(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = cast(bytes, answer.read()).decode().splitlines()
    series = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in series}


async def _commit(cluster: Cluster, group: str, offset: int) -> None:
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=cluster.bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    async with client_started(consumer):
        place = TopicPartition(cluster.topics.events, 0)
        consumer.assign([place])
        await consumer.commit({place: offset})


async def test_lag_is_end_less_committed_and_stays_when_the_group_is_empty(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    group = f"{cluster.topics.prefix}watched"
    await _commit(cluster, group, 2)
    settings = load_settings(
        [
            f"kafka.bootstrap_servers={cluster.bootstrap_servers}",
            f"lag.groups={group}",
            f"lag.topics={cluster.topics.prefix}.*",
        ]
    )
    place = f'group="{group}",topic="{cluster.topics.events}",partition="0"'
    async with LagMonitor(connection_of(settings), lag_options_of(settings)) as monitor:
        exporter = LagExporter(monitor, interval_s=1, timeout_s=5)
        await exporter.first_round(30)
        with ObservationServer(
            "127.0.0.1", 0, metrics=exporter.page, health=exporter.health, setting="lag.port"
        ) as server:
            series = _scraped(server.port)
            assert series[f"feedback_consumer_lag_messages{{{place}}}"] == 3
            assert series[f"feedback_consumer_committed_offset{{{place}}}"] == 2
            assert series[f"feedback_consumer_lag_seconds{{{place}}}"] > 0
            await _commit(cluster, group, 5)
            await exporter.first_round(30)
            series = _scraped(server.port)
            assert series[f"feedback_consumer_lag_messages{{{place}}}"] == 0
            assert exporter.health().ready


async def _publish_in_one_batch(cluster: Cluster, ages_s: Sequence[float], size_bytes: int) -> None:
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers, linger_ms=1_000, max_batch_size=1_000_000
    )
    async with client_started(producer):
        now = time.time()
        sent = [
            await producer.send(
                cluster.topics.events,
                os.urandom(size_bytes),
                partition=0,
                timestamp_ms=round((now - age_s) * 1000),
            )
            for age_s in ages_s
        ]
        await producer.flush()
        assert len({(await one).offset for one in sent}) == len(ages_s)


@pytest.mark.parametrize("size_bytes", [10, 3_000], ids=["a small batch", "a large batch"])
async def test_groups_in_one_batch_have_each_the_age_of_its_own_first_record(
    cluster: Cluster, size_bytes: int
) -> None:
    await cluster.create_topics()
    ages_s = [1_000, 900, 800, 700, 600]
    await _publish_in_one_batch(cluster, ages_s, size_bytes)
    await _publish_in_one_batch(cluster, [50], size_bytes)
    # The last two stand at one place; the fifth is behind the first batch.
    offsets = {"a": 1, "b": 3, "c": 4, "d": 5, "e": 3}
    for name, offset in offsets.items():
        await _commit(cluster, cluster.topics.prefix + name, offset)
    settings = load_settings(
        [
            f"kafka.bootstrap_servers={cluster.bootstrap_servers}",
            f"lag.groups={cluster.topics.prefix}.",
            f"lag.topics={cluster.topics.prefix}.*",
        ]
    )
    async with LagMonitor(connection_of(settings), lag_options_of(settings)) as monitor:
        snapshot = await monitor.collect()
    found = {figures.group[-1]: figures.lag_s for figures in snapshot.partitions}
    expected = {"a": 900, "b": 700, "c": 600, "d": 50, "e": 700}
    assert found.keys() == expected.keys()
    for name, age_s in expected.items():
        assert found[name] == pytest.approx(age_s, abs=30), name


async def test_a_group_of_the_newer_protocol_has_state_members_and_owners(cluster: Cluster) -> None:
    """To the request of the older one such a group is dead, with nobody in it."""
    await cluster.create_topics(partitions=2)
    await cluster.publish(numbered(cluster, range(5)))
    group = watched_group(cluster)
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "group.id": group,
            "group.protocol": "consumer",
            "client.id": "newer",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([cluster.topics.events])

    async def owns_both() -> bool:
        await asyncio.to_thread(consumer.poll, 0.1)
        return len(consumer.assignment()) == 2

    watched = Watched(groups=NamePattern(group))
    async with LagMonitor(cluster.connection, LagOptions(watched=watched)) as monitor:
        try:
            await until(owns_both, "its partitions")
            living = await monitor.collect()
        finally:
            await asyncio.to_thread(consumer.close)
        await cluster.commit_offset(group, 2, "")
        empty = await monitor.collect()
    assert living.groups == (GroupSummary(group, "Stable", 1),)
    owners = [figures.owner for figures in living.partitions]
    assert [owner and (owner.client_id, owner.host) for owner in owners] == [
        ("newer", "127.0.0.1")
    ] * 2
    assert empty.groups == (GroupSummary(group, "Empty", 0),)
    assert [figures.owner for figures in empty.partitions] == [None, None]
