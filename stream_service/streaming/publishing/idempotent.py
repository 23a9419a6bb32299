"""The publisher of one partition session at ``at_least_once``."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, close_producer
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.refusals import described, failed_publication
from stream_service.streaming.client.startup import open_producer
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.deliveries import hand_over, see_undrained

_NO_LONGER_OURS = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

CommitOffset = Callable[[Partition, int, str], Awaitable[None]]
"""Commits an offset with metadata as a member of the group."""


class IdempotentPublisher:
    """Sends each outcome as soon as it is there, and commits the progress behind them.

    An idempotent producer of its own doubles and reorders nothing by its retries, and a failure of
    it touches no other partition. Of an outcome's records those of one topic are sent once those of
    the topic before are acknowledged: what stands last never speaks of others that are not there.
    Every wait is bounded by ``operation_timeout_s``.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        partition: Partition,
        commit_offset: CommitOffset,
        operation_timeout_s: float,
    ) -> None:
        self._partition = partition
        self._commit_offset = commit_offset
        self._operation_timeout_s = operation_timeout_s
        self._waiting: asyncio.Queue[Outcome] = asyncio.Queue()
        self._deliveries: dict[int, asyncio.Future[None]] = {}
        self._sending: asyncio.Task[None] | None = None
        self._producer: Any = AIOKafkaProducer(
            **connection.client_options(f"publisher-{partition}"),
            enable_idempotence=True,
            acks="all",
            max_request_size=OUTPUT_MAX_MESSAGE_BYTES,
        )

    @classmethod
    async def open(
        cls,
        connection: KafkaConnection,
        *,
        partition: Partition,
        commit_offset: CommitOffset,
        operation_timeout_s: float,
    ) -> Self:
        """Start the producer. Raises SessionFailed."""
        publisher = cls(
            connection,
            partition=partition,
            commit_offset=commit_offset,
            operation_timeout_s=operation_timeout_s,
        )
        try:
            await open_producer(publisher._producer, operation_timeout_s)
        except (KafkaError, TimeoutError) as error:
            raise SessionFailed(FailureReason.START_FAILED, described(error)) from error
        publisher._sending = asyncio.create_task(publisher._send_in_order())
        return publisher

    def accept(self, outcome: Outcome) -> None:
        """Queue ``outcome`` to be sent at once, behind those before it."""
        self._deliveries[outcome.offset] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(outcome)

    async def commit(self, outcomes: Sequence[Outcome], *, offset: int, metadata: str) -> None:
        """Wait until ``outcomes`` are acknowledged, then commit the progress.

        Raises SessionFailed.
        """
        deliveries = [self._deliveries[outcome.offset] for outcome in outcomes]
        try:
            async with asyncio.timeout(self._operation_timeout_s):
                for delivery in deliveries:
                    await asyncio.shield(delivery)
                await self._commit_offset(self._partition, offset, metadata)
        except TimeoutError as error:
            raise SessionFailed(
                FailureReason.TIMED_OUT,
                f"no answer to a commit within {self._operation_timeout_s:g} s",
            ) from error
        except _NO_LONGER_OURS as error:
            raise SessionFailed(FailureReason.FENCED, type(error).__name__) from error
        except KafkaError as error:
            raise failed_publication(error, committed=self._partition.topic) from error
        for outcome in outcomes:
            del self._deliveries[outcome.offset]

    async def confirm_coordinator(self, node: int) -> None:
        """A commit that is out of date doubles some outputs, which at least once allows."""

    async def close(self) -> None:
        """Close the producer, bounded."""
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending
        for delivery in self._deliveries.values():
            if not delivery.done():
                delivery.cancel()
            elif not delivery.cancelled():
                # Seen, so that nobody logs it as never retrieved.
                delivery.exception()
        see_undrained(self._producer)
        await close_producer(self._producer, CLOSE_TIMEOUT_S)

    async def _send_in_order(self) -> None:
        while True:
            outcome = await self._waiting.get()
            delivery = self._deliveries[outcome.offset]
            sent: list[asyncio.Future[Any]] = []
            try:
                for _, records in groupby(outcome.records, key=lambda record: record.topic):
                    # Bounded by the commit, which waits for this outcome.
                    await _acknowledged(sent)
                    sent = [await hand_over(self._producer, record) for record in records]
            except KafkaError as error:
                delivery.set_exception(error)
            else:
                _when_all_are_done(sent, delivery)


async def _acknowledged(sent: Sequence[asyncio.Future[Any]]) -> None:
    """Return once the broker has all of ``sent``. Raises KafkaError."""
    if sent:
        await asyncio.wait(sent)
    for future in sent:
        future.result()


def _when_all_are_done(sent: list[asyncio.Future[Any]], delivery: asyncio.Future[None]) -> None:
    """Settle ``delivery`` as soon as every record is acknowledged, or one is refused."""
    left = len(sent)
    if not left:
        delivery.set_result(None)

    def one_done(future: asyncio.Future[Any]) -> None:
        nonlocal left
        left -= 1
        error = None if future.cancelled() else future.exception()
        if delivery.done():
            return
        if future.cancelled():
            delivery.cancel()
        elif error is not None:
            delivery.set_exception(error)
        elif not left:
            delivery.set_result(None)

    for future in sent:
        future.add_done_callback(one_done)
