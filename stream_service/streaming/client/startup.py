"""Starting a client: while the cluster may still be on its way up, and without loose ends."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from aiokafka.errors import KafkaError

from stream_service.streaming.access.denials import denial_of
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, close_producer, end_tasks
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.refused_connections import require_no_refusal
from stream_service.streaming.errors import BrokerUnreachable

_RETRY_DELAY_S = 0.5
"""A broker that starts takes seconds; asking it twice a second costs nothing."""

_LIST_DELAY_S = 0.05
"""A broker is back in the list after its next heartbeat."""

_FINISH_TIMEOUT_S = 1.0
"""A start that is cut off takes milliseconds more where the broker answers."""


async def start_whole(start: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Call ``start``; when cut off, let it come to its end first, for a second at most.

    aiokafka forgets a bootstrap connection that waits for the metadata when it is cancelled: no
    ``stop`` closes it then. So the start goes on to where the caller's ``stop`` finds all of it.
    """
    starting = asyncio.create_task(start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting}, timeout=_FINISH_TIMEOUT_S)
        raise
    finally:
        starting.cancel()
        if starting.done() and not starting.cancelled():
            # Seen, so that nobody logs it as never retrieved.
            starting.exception()


async def finished_before(stop: asyncio.Event, start: Coroutine[Any, Any, object]) -> bool:
    """Whether ``start`` comes to its end before ``stop`` is set; else it is cut off, and has ended.

    Whoever is asked to stop while the cluster is away must not wait for it. Raises what the start
    raises.
    """
    starting = asyncio.create_task(start)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        is_finished = starting.done()
    finally:
        await end_tasks((starting, stopping))
    if is_finished:
        starting.result()
    elif not starting.cancelled():
        # Seen, so that nobody logs it as never retrieved.
        starting.exception()
    return is_finished


async def wait_for_controller(admin: Any) -> None:
    """Return once a started admin client knows who creates topics; whoever calls it bounds it.

    A broker that has just come back, after a long pause of its machine for instance, is not in its
    own list of brokers yet: aiokafka passes over such an answer, and then has nobody to ask.
    """
    while admin._client.cluster.controller is None:
        await admin._client.force_metadata_update()
        await asyncio.sleep(_LIST_DELAY_S)


async def start_bounded(
    start: Callable[[], Coroutine[Any, Any, object]],
    connection: KafkaConnection,
    timeout_s: float,
) -> None:
    """Call ``start`` until it succeeds.

    Raises BrokerUnreachable after ``timeout_s``; ConnectionRefused as soon as it is certain that a
    broker refuses us, and AccessDenied where an ACL is missing.
    """
    hint: str | None = None
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    await start_whole(start)
                except KafkaError as error:
                    denial = denial_of(error, Operation.WRITE)
                    if denial is not None:
                        raise denial from error
                    hint = await require_no_refusal(connection) or hint
                    await asyncio.sleep(_RETRY_DELAY_S)
                else:
                    return
    except TimeoutError:
        raise BrokerUnreachable(connection.bootstrap_servers, timeout_s, hint) from None


async def open_producer(producer: Any, timeout_s: float) -> None:
    """Start an aiokafka producer; where that fails or is cut off, nothing of it is left open.

    Raises KafkaError, TimeoutError.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await start_whole(producer.start)
    except BaseException:
        await close_producer(producer, CLOSE_TIMEOUT_S)
        raise
