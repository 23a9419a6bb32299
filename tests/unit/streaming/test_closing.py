"""A producer that is closed in a broker's absence sends nothing afterwards."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer

from stream_service.streaming.closing import close_producer, end_tasks


async def test_the_sender_of_a_stop_that_was_cut_off_is_ended() -> None:
    producer: Any = AIOKafkaProducer(bootstrap_servers="127.0.0.1:9")
    sending = asyncio.create_task(asyncio.Event().wait())
    producer._sender._sender_task = sending
    producer._message_accumulator.close = asyncio.Event().wait
    await close_producer(producer, 0.05)
    assert sending.cancelled()


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
