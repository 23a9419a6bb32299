"""Starting a client while the cluster may still be on its way up."""

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError

from stream_service.streaming.errors import BrokerUnreachable

_RETRY_DELAY_S = 0.5
"""A broker that starts takes seconds; asking it twice a second costs nothing."""


async def start_bounded(
    start: Callable[[], Awaitable[object]], bootstrap_servers: str, timeout_s: float
) -> None:
    """Call ``start`` until it succeeds. Raises BrokerUnreachable after ``timeout_s``."""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    await start()
                except KafkaError:
                    await asyncio.sleep(_RETRY_DELAY_S)
                else:
                    return
    except TimeoutError:
        raise BrokerUnreachable(bootstrap_servers, timeout_s) from None
