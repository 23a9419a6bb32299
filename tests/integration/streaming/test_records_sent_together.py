"""Records that are handed over together: on a real broker, each with its own fate."""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.publishing.publisher import RecordPublisher
from tests.support.clients import client_started
from tests.support.cluster import Cluster

WITHIN_S = 30.0


async def test_each_key_keeps_its_order_and_its_partition(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=4)
    topic = cluster.topics.events
    parts = [[_record(topic, part, number) for number in range(600)] for part in range(4)]

    async with asyncio.timeout(WITHIN_S), RecordPublisher(cluster.connection) as publisher:
        alone = [await publisher.send(_record(topic, 9, number)) for number in range(7)]
        together = await asyncio.gather(*map(publisher.send_together, parts))
        await asyncio.gather(*alone, *(delivery for part in together for delivery in part))

    partitions: defaultdict[bytes | None, set[int]] = defaultdict(set)
    numbers: defaultdict[tuple[bytes | None, int], list[int]] = defaultdict(list)
    for record in await cluster.read_committed(topic):
        part, number = map(int, (record.value or b"").split(b"-")[:2])
        partitions[record.key].add(record.partition)
        numbers[record.key, part].append(number)
    assert all(len(places) == 1 for places in partitions.values())
    assert len(partitions) == 7
    for part, count in ((0, 600), (1, 600), (2, 600), (3, 600), (9, 7)):
        of_part = {key: found for (key, of), found in numbers.items() if of == part}
        assert sorted(number for found in of_part.values() for number in found) == list(
            range(count)
        )
        assert all(found == sorted(found) for found in of_part.values())


async def test_a_topic_that_takes_less_than_a_batch_refuses_what_is_too_large_alone(
    cluster: Cluster,
) -> None:
    topic = cluster.topics.events
    await _create_limited(cluster, topic, size_bytes=40_000)
    records = [_record(topic, 0, number) for number in range(100)]
    records[40] = OutputRecord(topic=topic, key=b"k", value=b"x" * 45_000)

    async with asyncio.timeout(WITHIN_S), RecordPublisher(cluster.connection) as publisher:
        # Nothing else is sent that would bring the answers about.
        deliveries = await publisher.send_together(records)
        await asyncio.wait(deliveries)
        failed = {n: d.exception() for n, d in enumerate(deliveries) if d.exception()}
        more = await publisher.send_together([_record(topic, 0, n) for n in range(100, 200)])
        await asyncio.gather(*more)

    assert {number: type(error) for number, error in failed.items()} == {
        40: MessageSizeTooLargeError
    }
    found = [record.value for record in await cluster.read_committed(topic)]
    assert sorted(found, key=str) == sorted(
        (_record(topic, 0, number).value for number in range(200) if number != 40), key=str
    )


async def test_the_end_of_the_block_waits_for_what_waits(cluster: Cluster) -> None:
    await cluster.create_topics()
    topic = cluster.topics.events

    async with asyncio.timeout(WITHIN_S), RecordPublisher(cluster.connection) as publisher:
        deliveries = await publisher.send_together([_record(topic, 0, n) for n in range(2_000)])

    assert all(delivery.done() and delivery.exception() is None for delivery in deliveries)
    assert len(await cluster.read_committed(topic)) == 2_000


async def test_when_the_broker_is_gone_each_is_told_in_bounded_time() -> None:
    async with AsyncExitStack() as broker:
        kafka = await broker.enter_async_context(EmbeddedKafka.start())
        cluster = Cluster(kafka.bootstrap_servers, Topics())
        await cluster.create_topics()
        topic = cluster.topics.events

        async with (
            asyncio.timeout(WITHIN_S),
            RecordPublisher(cluster.connection, delivery_timeout_s=1) as publisher,
        ):
            await publisher.publish([_record(topic, 0, 0)])
            await broker.aclose()
            deliveries = await publisher.send_together(
                [_record(topic, 0, number) for number in range(2_000)]
            )

    assert all(delivery.cancelled() or delivery.exception() for delivery in deliveries)


async def _create_limited(cluster: Cluster, topic: str, size_bytes: int) -> None:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(admin):
        limits = {"max.message.bytes": str(size_bytes)}
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=limits)])


def _record(topic: str, part: int, number: int) -> OutputRecord:
    padding = b"-" + b"x" * 1_000
    value = f"{part}-{number}".encode() + padding
    return OutputRecord(topic=topic, key=f"k{number % 7}".encode(), value=value)
