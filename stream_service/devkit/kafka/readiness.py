"""Whether brokers answer: by asking them over their sockets, never by reading their logs."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, cast

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from stream_service.devkit.kafka.ports import LOOPBACK
from stream_service.devkit.kafka.server_properties import NodeAddress
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, closes
from stream_service.streaming.client.startup import start_whole

# Often enough to add nothing that one notices to a start of seconds.
POLL_INTERVAL_S = 0.05

# One question's. A broker that is starting may take a connection before it answers on it.
ANSWER_TIMEOUT_S = 2.0


async def wait_until_ready(
    nodes: Collection[NodeAddress], *, timeout_s: float, raise_if_exited: Callable[[], None]
) -> None:
    """Wait until each of the nodes, asked itself, names all of them as the cluster's brokers.

    `raise_if_exited` is called between questions, to end the wait when a broker has ended.
    Raises TimeoutError.
    """
    expected = {node.node_id for node in nodes}
    async with asyncio.timeout(timeout_s):
        for node in nodes:
            while not expected <= await known_brokers(node.client_port):
                raise_if_exited()
                await asyncio.sleep(POLL_INTERVAL_S)


async def known_brokers(port: int) -> set[int]:
    """Return the brokers that the one at this port names; none when it does not answer."""
    # Asked first without the client, which logs an error for each connection refused.
    if not await _accepts_connections(port):
        return set()
    client = AIOKafkaClient(
        bootstrap_servers=f"{LOOPBACK}:{port}", request_timeout_ms=int(ANSWER_TIMEOUT_S * 1000)
    )
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await start_whole(client.bootstrap)
        brokers = cast("list[Any]", client.cluster.brokers())
        return {int(broker.nodeId) for broker in brokers}
    except (KafkaError, OSError, TimeoutError):
        return set()
    finally:
        await closes(client.close(), CLOSE_TIMEOUT_S)


async def _accepts_connections(port: int) -> bool:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
