"""Polls that are waited for as long as they take, and that the end alone cuts off."""

import asyncio
from contextlib import suppress
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from stream_service.streaming.membership import Membership
from stream_service.streaming.observer import StreamObserver

_LOOK_INTERVAL_S = 5.0
"""How often a poll that waits for the group is looked at; liveness allows a minute."""


class Polling:
    """The consumer's polls, each told to the observer."""

    def __init__(
        self,
        *,
        consumer: Any,
        membership: Membership,
        ending: asyncio.Event,
        observer: StreamObserver,
    ) -> None:
        """After ``ending`` is set no poll is waited for."""
        self._consumer = consumer
        self._membership = membership
        self._ending = ending
        self._observer = observer

    async def poll(
        self, *places: TopicPartition, timeout_s: float, max_records: int
    ) -> dict[TopicPartition, list[Any]] | None:
        """What is there of ``places``, or of all that are read; None where the end came first.

        Without any it takes ``timeout_s``, and longer while the group settles: who waits for that
        is no loop that hangs. Raises whatever the client does.
        """
        # Never cancelled before: a poll that is cut off may have moved the position.
        polling = asyncio.create_task(
            self._consumer.getmany(
                *places, timeout_ms=round(timeout_s * 1000), max_records=max_records
            )
        )
        ending = asyncio.create_task(self._ending.wait())
        try:
            while not (polling.done() or ending.done()):
                await asyncio.wait(
                    {polling, ending},
                    timeout=_LOOK_INTERVAL_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if self._membership.is_joining:
                    self._observer.polled()
        finally:
            ending.cancel()
        if not polling.done():
            # A rebalance may hold a poll for long; the drain needs nothing from it.
            polling.cancel()
            with suppress(asyncio.CancelledError, KafkaError):
                await polling
            return None
        self._observer.polled()
        return polling.result()
