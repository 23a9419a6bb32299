"""A compressed batch that holds too much stops its partition, and nobody else."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.streaming.client.unpacking import MAX_UNPACKED_BYTES
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.reading.reader import read_records
from stream_service.streaming.reading.reading_client import ReadingFailed
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until

_ZSTD = 4
_RECORD_BYTES = 16 * 1024 * 1024
_RECORDS = MAX_UNPACKED_BYTES // _RECORD_BYTES + 1


async def publish_oversized(cluster: Cluster, partition: int) -> None:
    """One batch of 25 KB, within every limit of the broker, that unpacks to more than is read."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(producer):
        batch = producer.create_batch()
        batch._builder = DefaultRecordBatchBuilder(2, _ZSTD, 0, -1, -1, -1, 2**31 - 1)
        for _ in range(_RECORDS):
            batch.append(key=b"k", value=b" " * _RECORD_BYTES, timestamp=None)
        batch.close()
        sent = await producer.send_batch(batch, cluster.topics.events, partition=partition)
        await asyncio.wait_for(sent, 30)


async def test_it_holds_up_no_other_partition(cluster: Cluster) -> None:
    """What stands before it in its own partition is worked on too."""
    await cluster.create_topics(partitions=2)
    good = numbered(cluster, range(20), keys=10)
    await cluster.publish([replace(record, partition=n % 2) for n, record in enumerate(good)])
    await publish_oversized(cluster, 0)
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 20)
        await until(lambda: bool(recorder.failures), "the session's end")
        await cluster.publish(
            [replace(record, partition=1) for record in numbered(cluster, range(20, 25), keys=5)]
        )
        await outcomes_reach(recorder, 25)
    for partition, reason, detail in recorder.failures:
        assert (partition.number, reason) == (0, FailureReason.UNREADABLE)
        assert detail.startswith(f"the batch of offsets 10 to {10 + _RECORDS - 1} unpacks to more")


async def test_who_reads_without_a_group_is_told_where_it_stands(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=1)
    await cluster.publish(numbered(cluster, range(3)))
    await publish_oversized(cluster, 0)
    async with read_records(
        cluster.connection, [cluster.topics.events], from_beginning=True, follow=False
    ) as records:
        with pytest.raises(ReadingFailed, match=f"offsets 3 to {3 + _RECORDS - 1} unpacks to"):
            async for _ in records:
                pass
