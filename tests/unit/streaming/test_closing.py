"""What is closed is closed whole: in a broker's absence, and by whoever is cancelled."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from stream_service.streaming.client.closing import (
    close_consumer,
    close_producer,
    closes,
    end_tasks,
)


def _producer_with(sending: asyncio.Task[Any]) -> Any:
    producer: Any = AIOKafkaProducer(bootstrap_servers="127.0.0.1:9")
    producer._sender._sender_task = sending
    producer._message_accumulator.flush = asyncio.Event().wait
    return producer


async def test_a_producer_whose_broker_is_gone_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    sending = asyncio.create_task(asyncio.Event().wait())
    await close_producer(_producer_with(sending), 0.05)
    assert sending.cancelled()
    assert asyncio.all_tasks() == before


async def test_a_producer_whose_sender_has_failed_leaves_no_task_behind() -> None:
    """Seen after a fencing: destroyed while pending, which is an error in the log."""
    before = asyncio.all_tasks()
    sending = asyncio.create_task(_fail())
    await asyncio.wait({sending})
    await close_producer(_producer_with(sending), 10)
    assert asyncio.all_tasks() == before
    assert isinstance(sending.exception(), ValueError)


async def _fail() -> None:
    raise ValueError


async def test_a_task_ends_though_it_has_lost_its_cancellation() -> None:
    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end_tasks([task])
    assert task.cancelled()


async def test_whoever_is_cancelled_while_closing_learns_it_when_all_is_closed() -> None:
    answered = asyncio.Event()
    is_closed = False

    async def close() -> None:
        nonlocal is_closed
        await answered.wait()
        is_closed = True

    closing = asyncio.create_task(closes(close(), 10))
    for _ in range(3):
        await asyncio.sleep(0)
        closing.cancel()
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert is_closed


async def test_a_consumer_whose_stop_hangs_is_disconnected_though_we_are_cancelled() -> None:
    consumer: Any = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:9")
    disconnected = asyncio.Event()

    async def disconnect() -> None:
        disconnected.set()

    consumer._coordinator = consumer
    consumer.close = asyncio.Event().wait
    consumer._client.close = disconnect
    closing = asyncio.create_task(close_consumer(consumer, 0.05))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert disconnected.is_set()
