"""A batch that is damaged or holds too much stops its partition, and nobody else."""

import asyncio
import re
from dataclasses import replace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.reading.reader import read_records
from stream_service.streaming.reading.reading_client import ReadingFailed
from stream_service.streaming.sessions.session import PartitionSession
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.unreadable_batches import (
    UNREADABLE,
    Publish,
    publish_damaged,
    publish_with_lost_header,
)
from tests.support.waiting import until


@pytest.mark.parametrize("publish", UNREADABLE)
async def test_it_holds_up_no_other_partition(
    kafka: EmbeddedKafka, cluster: Cluster, publish: Publish
) -> None:
    """What stands before it in its own partition is worked on too."""
    await cluster.create_topics(partitions=2)
    good = numbered(cluster, range(20), keys=10)
    await cluster.publish([replace(record, partition=n % 2) for n, record in enumerate(good)])
    unreadable = await publish(kafka, cluster, 0)
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 20)
        await until(lambda: bool(recorder.failures), "the session's end")
        await cluster.publish(
            [replace(record, partition=1) for record in numbered(cluster, range(20, 25), keys=5)]
        )
        await outcomes_reach(recorder, 25)
    for partition, reason, detail in recorder.failures:
        assert (partition.number, reason) == (0, FailureReason.UNREADABLE)
        assert re.match(unreadable.told_at(10), detail), detail


async def test_who_has_nothing_to_read_is_not_asked_where_it_is(
    kafka: EmbeddedKafka, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would take half a second, in which no other partition is read."""
    polled: Any = cast(Any, AIOKafkaConsumer).getmany
    asked: list[TopicPartition] = []

    async def noted(consumer: Any, *places: TopicPartition, **options: Any) -> Any:
        asked.extend(places)
        return await polled(consumer, *places, **options)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", noted)
    await cluster.create_topics(partitions=20)
    await publish_damaged(kafka, cluster, 7)
    async with running(cluster, EchoJudge()) as recorder:
        await until(lambda: bool(recorder.failures), "the session's end", timeout_s=30)
    assert {place.partition for place in asked} == {7}


async def test_while_it_waits_for_a_slow_judge_nobody_else_does(
    kafka: EmbeddedKafka, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, given_up = asyncio.Event(), asyncio.Event()
    give_up = PartitionSession.give_up

    def noted(session: PartitionSession, reason: FailureReason, detail: str) -> None:
        give_up(session, reason, detail)
        given_up.set()

    monkeypatch.setattr(PartitionSession, "give_up", noted)

    async def wait(event: FeedbackEvent) -> None:
        if event.event_id == "e0":
            await released.wait()

    await cluster.create_topics(partitions=2)
    await cluster.publish([replace(numbered(cluster, [0])[0], partition=0)])
    await publish_damaged(kafka, cluster, 0)
    async with running(cluster, EchoJudge(wait)) as recorder:
        await asyncio.wait_for(given_up.wait(), 30)
        for first in range(10, 60, 10):
            records = numbered(cluster, range(first, first + 10), keys=10)
            await cluster.publish([replace(record, partition=1) for record in records])
            await outcomes_reach(recorder, first)
        assert len(recorder.polls_failed) == 1
        assert not recorder.failures
        released.set()
        await until(lambda: bool(recorder.failures), "the session's end")
    assert "e0" in await replied_event_ids(cluster)


async def test_its_partition_goes_on_once_it_is_deleted(
    kafka: EmbeddedKafka, cluster: Cluster
) -> None:
    """What the runbook says."""
    await cluster.create_topics(partitions=1)
    await cluster.publish(numbered(cluster, range(3), keys=1))
    unreadable = await publish_damaged(kafka, cluster, 0)
    async with running(cluster, EchoJudge()) as recorder:
        await until(lambda: bool(recorder.failures), "the session's end")
        await cluster.delete_records_below(3 + unreadable.records)
        await cluster.publish(numbered(cluster, range(3, 6), keys=1))
        await outcomes_reach(recorder, 6)
    assert sorted(await replied_event_ids(cluster)) == [f"e{number}" for number in range(6)]


@pytest.mark.parametrize("publish", UNREADABLE)
async def test_who_reads_without_a_group_is_told_where_it_stands(
    kafka: EmbeddedKafka, cluster: Cluster, publish: Publish
) -> None:
    await cluster.create_topics(partitions=1)
    await cluster.publish(numbered(cluster, range(3)))
    unreadable = await publish(kafka, cluster, 0)
    async with read_records(
        cluster.connection, [cluster.topics.events], from_beginning=True, follow=False
    ) as records:
        with pytest.raises(ReadingFailed, match=unreadable.told_at(3)):
            async for _ in records:
                pass


async def test_a_partition_that_the_broker_cannot_read_is_told(
    kafka: EmbeddedKafka, cluster: Cluster
) -> None:
    """The broker answers a fetch that begins there with an error, again and again."""
    await cluster.create_topics(partitions=2)
    unreadable = await publish_with_lost_header(kafka, cluster, 0)
    async with running(cluster, EchoJudge()) as recorder:
        await until(lambda: bool(recorder.failures), "the session's end")
        good = numbered(cluster, range(5), keys=5)
        await cluster.publish([replace(record, partition=1) for record in good])
        await outcomes_reach(recorder, 5)
    partition, reason, detail = recorder.failures[0]
    assert (partition.number, reason) == (0, FailureReason.UNREADABLE)
    assert re.match(unreadable.told_at(0), detail), detail


async def test_a_stop_while_it_is_looked_for_waits_for_no_poll(
    kafka: EmbeddedKafka, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebalance may hold such a poll for as long as the group's coordinator is away."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    await publish_damaged(kafka, cluster, 0)
    looked_for = asyncio.Event()
    polled: Any = cast(Any, AIOKafkaConsumer).getmany

    async def held(consumer: Any, *places: TopicPartition, **options: Any) -> Any:
        if places:
            looked_for.set()
            await asyncio.Event().wait()
        return await polled(consumer, *places, **options)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", held)
    async with running(cluster, EchoJudge()) as recorder:
        await asyncio.wait_for(looked_for.wait(), 30)
    assert not recorder.failures
