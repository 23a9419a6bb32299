"""Handing records to aiokafka's producer."""

import asyncio
from typing import Any

from stream_service.contracts.record import OutputRecord


async def hand_over(producer: Any, record: OutputRecord) -> "asyncio.Future[Any]":
    """Give ``record`` to ``producer``; the future is done when the broker has acknowledged it.

    Raises KafkaError. A delivery may be left behind, where another record of its outcomes fails
    first or the time is over: it counts as seen, so that nobody logs it as never retrieved.
    """
    delivery: asyncio.Future[Any] = await producer.send(
        record.topic,
        value=record.value,
        key=record.key,
        partition=record.partition,
        headers=list(record.headers),
    )
    delivery.add_done_callback(_see)
    return delivery


def see_undrained(producer: Any) -> None:
    """Count as seen what aiokafka keeps of batches that were never sent.

    A producer that fails tells it to whoever waits for room in a batch, though nobody does
    (MessageBatch.failure, 0.14).
    """
    for batches in producer._message_accumulator._batches.values():
        for batch in batches:
            if batch._drain_waiter.done():
                _see(batch._drain_waiter)


def _see(delivery: "asyncio.Future[Any]") -> None:
    if not delivery.cancelled():
        delivery.exception()
