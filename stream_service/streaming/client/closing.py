"""Closing the client's parts within a bound, so that nothing of them goes on."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

CLOSE_TIMEOUT_S = 5.0
"""For a client that has nothing left to send and is in no group: only its connections go."""

_GONE_TIMEOUT_S = 1.0
"""For what remains to be done without the broker."""

_CANCELLED_AGAIN_S = 1.0
"""Most tasks end within milliseconds."""


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel ``tasks`` and wait for their end.

    Again after a second, and so on: a cancellation can be lost where it meets an answer or a
    time-out inside of a client, and then nobody would ever end the task (seen once: a console's
    publisher, cancelled while it was being opened, went on).
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCELLED_AGAIN_S)


async def uninterrupted(closing: Coroutine[Any, Any, None]) -> None:
    """Await ``closing``, which must be bounded, to its end.

    Whoever is cancelled meanwhile learns it afterwards: a closing that is cut off leaves
    connections behind that nobody knows, or a sender that goes on.
    """
    task = asyncio.create_task(closing)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()


async def closes(closing: Coroutine[Any, Any, Any], timeout_s: float) -> bool:
    """Run ``closing`` for ``timeout_s`` at most, uninterrupted; says whether it ended well.

    In a task of its own: aiokafka cancels its tasks while it closes and lets their CancelledError
    through, though nobody has cancelled us.
    """
    task = asyncio.create_task(closing)
    await uninterrupted(_end_within(task, timeout_s))
    return task.done() and not task.cancelled() and task.exception() is None


async def _end_within(task: asyncio.Task[Any], timeout_s: float) -> None:
    await asyncio.wait({task}, timeout=timeout_s)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_GONE_TIMEOUT_S)


async def close_consumer(consumer: Any, timeout_s: float) -> None:
    """Leave the group, if it is in one, and disconnect; after ``timeout_s`` without a good-bye."""
    await uninterrupted(_close_consumer(consumer, timeout_s))


async def _close_consumer(consumer: Any, timeout_s: float) -> None:
    if await closes(consumer.stop(), timeout_s):
        return
    # Its stop goes from part to part: what comes after the one that hangs would go on for ever.
    tasks = tuple(_tasks_of(consumer))
    await end_tasks(tasks)
    for task in tasks:
        if not task.cancelled():
            # Seen, so that nobody logs it as never retrieved.
            task.exception()
    await closes(consumer._client.close(), _GONE_TIMEOUT_S)


def _tasks_of(consumer: Any) -> Iterable[asyncio.Task[Any]]:
    """What an aiokafka consumer has running beside its connections (0.14)."""
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    for name in (
        "_coordination_task",
        "_heartbeat_task",
        "_commit_refresh_task",
        "_reset_committed_task",
    ):
        task = getattr(coordinator, name, None)
        if task is not None:
            yield task
    if fetcher is not None:
        yield fetcher._fetch_task
        yield from fetcher._pending_tasks


async def close_producer(producer: Any, timeout_s: float) -> None:
    """Close an aiokafka producer: it sends what it has for ``timeout_s`` at most, then no more.

    Not by its own ``stop``: one whose broker is gone flushes for ever, and one whose sender has
    failed leaves the task behind that waits for the flush (0.14).
    """
    await uninterrupted(_close_producer(producer, timeout_s))


async def _close_producer(producer: Any, timeout_s: float) -> None:
    if producer._closed:
        return
    producer._closed = True
    sending = producer._sender.sender_task
    if sending is not None:
        flushing = asyncio.create_task(producer._message_accumulator.close())
        # A sender that has ended sends nothing more.
        await asyncio.wait(
            {flushing, sending}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        await end_tasks((flushing,))
    await _disconnect_producer(producer)


async def abandon_producer(producer: Any) -> None:
    """Close an aiokafka producer that must send nothing more."""
    producer._closed = True
    await uninterrupted(_disconnect_producer(producer))


async def _disconnect_producer(producer: Any) -> None:
    await closes(producer._sender.close(), _GONE_TIMEOUT_S)
    await closes(producer.client.close(), _GONE_TIMEOUT_S)
