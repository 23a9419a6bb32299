"""Kafka clients of the tests' own, which leave nothing open however a test ends."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from stream_service.streaming.client.closing import close_producer, closes
from stream_service.streaming.client.startup import start_whole

_CLOSE_TIMEOUT_S = 10.0


@asynccontextmanager
async def client_started(client: Any) -> AsyncGenerator[Any]:
    """Run an aiokafka client for the block; it is closed when its start is cut off, too.

    A client that is not is an error of whichever test runs when the garbage is collected.
    """
    try:
        await start_whole(client.start)
        yield client
    finally:
        if isinstance(client, AIOKafkaProducer):
            await close_producer(client, _CLOSE_TIMEOUT_S)
        else:
            # An admin client closes, a consumer stops.
            closing = client.close if hasattr(client, "close") else client.stop
            await closes(closing(), _CLOSE_TIMEOUT_S)
