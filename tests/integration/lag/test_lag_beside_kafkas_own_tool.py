"""Our figures beside those of Kafka's own ConsumerGroupCommand, on one broker at one time."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.observe.lag.cluster_reader import Watched
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.patterns import NamePattern
from stream_service.observe.lag.snapshot import PartitionLag
from stream_service.streaming.partition import Partition
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.events import numbered
from tests.support.kafka_tools import Described, describe_group
from tests.support.waiting import until

Ours = Mapping[tuple[str, int], PartitionLag]
Theirs = Mapping[tuple[str, int], Described]


@pytest.mark.timeout(240)
async def test_it_agrees_on_ordinary_groups_and_is_wrong_where_ours_differs(
    cluster: Cluster,
) -> None:
    empty = await _empty_group(cluster)
    trimmed = await _group_before_the_logs_start(_beside(cluster))
    marked = await _group_before_a_marker(_beside(cluster))
    living = f"{cluster.topics.prefix}living"
    async with _living_member(cluster, living):
        theirs = {
            group: await describe_group(cluster.bootstrap_servers, group)
            for group in (living, empty, trimmed, marked)
        }
        ours = await _ours(cluster, list(theirs))

    for group in (living, empty):
        _agree(ours[group], theirs[group])
    owners = {at: figures.owner for at, figures in ours[living].items()}
    for at, told in theirs[living].items():
        owner = owners[at]
        assert owner is not None
        assert (owner.client_id, owner.host) == (told.client_id, told.host)

    # It counts what retention has deleted as lag, which no consumer can ever read: such lag never
    # falls to 0 while the group stands still. We tell it as lost.
    [deleted], [counted] = ours[trimmed].values(), theirs[trimmed].values()
    assert (deleted.committed, _end(deleted)) == (counted.committed, counted.end) == (2, 10)
    assert counted.lag == 8
    assert (deleted.lag, deleted.lost) == (4, 4)

    # It counts the marker behind a transaction, which is no record: the group has read all there
    # is. Our lag is the same number, so that tools compare; but nothing is unprocessed, nobody has
    # waited, and the group is well.
    [marker], [counted] = ours[marked].values(), theirs[marked].values()
    assert (marker.committed, _end(marker)) == (counted.committed, counted.end) == (3, 4)
    assert (marker.lag, counted.lag) == (1, 1)
    assert (marker.unprocessed, marker.lag_s, marker.drain_s) == (0, 0.0, 0.0)
    assert marker.status is PartitionStatus.OK


def _agree(ours: Ours, theirs: Theirs) -> None:
    assert ours.keys() == theirs.keys()
    for at, figures in ours.items():
        told = theirs[at]
        assert (figures.committed, _end(figures), figures.lag) == (
            told.committed,
            told.end,
            told.lag,
        ), at


def _end(figures: PartitionLag) -> int | None:
    return None if figures.log is None else figures.log.end


async def _ours(cluster: Cluster, groups: list[str]) -> Mapping[str, Ours]:
    watched = Watched(groups=NamePattern("|".join(groups)))
    async with LagMonitor(cluster.connection, LagOptions(watched=watched)) as monitor:
        snapshot = await monitor.collect()
    assert not snapshot.failures
    return {
        group: {
            (figures.partition.topic, figures.partition.number): figures
            for figures in snapshot.partitions
            if figures.group == group
        }
        for group in groups
    }


def _beside(cluster: Cluster) -> Cluster:
    """Topics of their own on the same broker."""
    return Cluster(cluster.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))


async def _empty_group(cluster: Cluster) -> str:
    """Behind on one partition, up to date on the next one, and never heard of on the last."""
    await cluster.create_topics(partitions=3)
    group = f"{cluster.topics.prefix}empty"
    await cluster.publish(
        [
            OutputRecord(
                topic=cluster.topics.events, key=b"k", value=b"v", headers=(), partition=partition
            )
            for partition in range(3)
            for _ in range(7)
        ]
    )
    await cluster.commit_offset(group, 4, "", 0)
    await cluster.commit_offset(group, 7, "", 1)
    return group


@asynccontextmanager
async def _living_member(cluster: Cluster, group: str) -> AsyncGenerator[Any]:
    """It owns three partitions, and has committed on two."""
    consumer: Any = AIOKafkaConsumer(
        cluster.topics.events,
        bootstrap_servers=cluster.bootstrap_servers,
        client_id="a-member",
        group_id=group,
        enable_auto_commit=False,
    )
    async with client_started(consumer):
        await until(lambda: len(consumer.assignment()) == 3, "its partitions")
        topic = cluster.topics.events
        await consumer.commit({TopicPartition(topic, 0): 1, TopicPartition(topic, 1): 7})
        yield consumer


async def _group_before_the_logs_start(cluster: Cluster) -> str:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    group = f"{cluster.topics.prefix}trimmed"
    await cluster.commit_offset(group, 2, "")
    await cluster.delete_records_below(6)
    return group


async def _group_before_a_marker(cluster: Cluster) -> str:
    await cluster.create_topics()
    await cluster.publish_in_transaction(numbered(cluster, range(3)))
    group = f"{cluster.topics.prefix}marked"
    await cluster.commit_offset(group, 3, "")
    place = Partition(cluster.topics.events, 0)

    async def marker_is_written() -> bool:
        watched = Watched(groups=NamePattern(group))
        async with LagMonitor(cluster.connection, LagOptions(watched=watched)) as monitor:
            return (await monitor.collect()).logs[place].end == 4

    await until(marker_is_written, "the transaction's marker")
    return group
