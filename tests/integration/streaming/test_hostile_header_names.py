"""A header name that is not UTF-8 stops nobody (own probe: plain aiokafka never gets past it)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import (
    _DefaultRecordBatchBuilderPy,  # pyright: ignore[reportPrivateUsage] - writes what it is given
)
from aiokafka.record.memory_records import MemoryRecords

from stream_service.streaming import group_consumer
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.reading import reading_client
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until


class RawName(str):
    """Encodes as bytes that no UTF-8 text has, as a C client can send them."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


async def publish_with_raw_header_name(cluster: Cluster, partition: int) -> None:
    """One batch: an event, an event with a hostile header name, an event."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(producer):
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1_000_000)
        for number, record in enumerate(numbered(cluster, range(3), keys=3)):
            headers = [(RawName("x"), b"v")] if number == 1 else []
            batch.append(key=record.key, value=record.value, timestamp=None, headers=headers)
        batch.close()
        sent = await producer.send_batch(batch, cluster.topics.events, partition=partition)
        await asyncio.wait_for(sent, 30)


async def test_its_record_and_all_others_are_worked_on(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    await publish_with_raw_header_name(cluster, 0)
    await cluster.publish(numbered(cluster, range(10, 20), keys=10))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 13)
    assert not recorder.polls_failed
    expected = [f"e{number}" for number in (0, 1, 2, *range(10, 20))]
    assert sorted(await replied_event_ids(cluster)) == sorted(expected)


async def test_its_dead_letter_can_be_published(cluster: Cluster) -> None:
    await cluster.create_topics()
    await publish_with_raw_header_name(cluster, 0)

    async def fail(event: Any) -> None:
        if event.event_id == "e1":
            raise RuntimeError

    limits = StreamLimits(retry=RetryPolicy(attempts=1))
    async with running(cluster, EchoJudge(fail), limits=limits) as recorder:
        await outcomes_reach(recorder, 3)
    [letter] = await cluster.read_committed(cluster.topics.dead_letters)
    assert ("\\xff\\xfe", b"v") in letter.headers


async def test_a_partition_that_cannot_be_parsed_holds_up_no_other(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the tolerant parser: whatever else may make the client raise looks like this."""
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    for module in (group_consumer, reading_client):
        monkeypatch.setattr(module, "install_tolerant_parsing", lambda: None)
    await cluster.create_topics(partitions=2)
    await publish_with_raw_header_name(cluster, 0)
    good = [replace(record, partition=1) for record in numbered(cluster, range(10, 20), keys=10)]
    await cluster.publish(good)
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 10)
        await until(lambda: bool(recorder.failures), "the session's end")
        await cluster.publish(
            [replace(record, partition=1) for record in numbered(cluster, range(20, 25), keys=5)]
        )
        await outcomes_reach(recorder, 15)
    assert {failure[1] for failure in recorder.failures} == {FailureReason.UNREADABLE}
    assert {failure[0].number for failure in recorder.failures} == {0}
