"""A client whose broker has fallen silent is closed in bounded time, and nothing of it goes on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.client.closing import close_consumer, close_producer
from tests.support.clients import client_started
from tests.support.waiting import until

TOPIC = "any"
ENDS_WITHIN_S = 30


@pytest_asyncio.fixture(scope="module")
async def own_kafka() -> AsyncGenerator[EmbeddedKafka]:
    """A broker that may be frozen."""
    async with EmbeddedKafka.start() as kafka:
        await kafka.create_topics({TOPIC: 1})
        yield kafka


@asynccontextmanager
async def silence(kafka: EmbeddedKafka) -> AsyncGenerator[None]:
    """The broker is frozen for the block, which must end before long."""
    await kafka.suspend()
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            yield
    finally:
        kafka.resume()
    await kafka.wait_until_ready()


def in_a_group(kafka: EmbeddedKafka) -> Any:
    return AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka.bootstrap_servers, group_id="g")


def in_none(kafka: EmbeddedKafka) -> Any:
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)
    consumer.assign([TopicPartition(TOPIC, 0)])
    return consumer


@pytest.mark.parametrize("consumer_of", [in_a_group, in_none])
async def test_a_consumer_leaves_no_task_behind(
    own_kafka: EmbeddedKafka, consumer_of: Callable[[EmbeddedKafka], Any]
) -> None:
    before = asyncio.all_tasks()
    async with client_started(consumer_of(own_kafka)) as consumer:
        await until(lambda: consumer.assignment() != set(), "its partition")
        async with silence(own_kafka):
            await close_consumer(consumer, 0.5)
            assert asyncio.all_tasks() == before


async def test_a_producer_leaves_no_task_behind(own_kafka: EmbeddedKafka) -> None:
    before = asyncio.all_tasks()
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=own_kafka.bootstrap_servers, enable_idempotence=True
    )
    async with client_started(producer):
        await producer.send_and_wait(TOPIC, b"first")
        async with silence(own_kafka):
            delivery: Any = await producer.send(TOPIC, b"second")
            await close_producer(producer, 0.5)
            assert asyncio.all_tasks() == before
            assert not delivery.done() or delivery.cancelled()
