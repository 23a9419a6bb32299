"""The lag exporter on a real broker."""

import urllib.request
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream_service.commands.lag_options import lag_options_of
from stream_service.observe.http import ObservationServer
from stream_service.observe.lag.exporter import LagExporter
from stream_service.observe.lag.monitor import LagMonitor
from stream_service.settings import load_settings
from stream_service.transport_settings import connection_of
from tests.support.cluster import Cluster
from tests.support.events import numbered


def _scraped(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = cast(bytes, answer.read()).decode().splitlines()
    series = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in series}


async def _commit(cluster: Cluster, group: str, offset: int) -> None:
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=cluster.bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        place = TopicPartition(cluster.topics.events, 0)
        consumer.assign([place])
        await consumer.commit({place: offset})
    finally:
        await consumer.stop()


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
