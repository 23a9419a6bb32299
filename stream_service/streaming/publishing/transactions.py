"""The transactional producer of one partition session."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.client import CoordinationType
from aiokafka.errors import (
    IllegalOperation,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTxnState,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    UnknownError,
    UnknownProducerId,
)
from aiokafka.structs import OffsetAndMetadata

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.access.roles import transactional_id
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, close_producer
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.client.refusals import described, failed_publication
from stream_service.streaming.client.startup import open_producer
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.deliveries import hand_over, see_undrained

_FENCING = (
    ProducerFenced,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTxnState,
    OutOfOrderSequenceNumber,
    UnknownError,
    UnknownProducerId,
)
"""Somebody else has the partition, or the coordinator gave our transaction up. An error code that
aiokafka does not know is taken as such: the newer ones of transactions are of that kind."""

_MAX_BATCH_BYTES = 128 * 1024
"""A commit's outputs for one partition mostly fit into one batch; aiokafka's default is 16 KiB."""


class TransactionalPublisher:
    """Publishes outcomes and commits offsets in one transaction.

    Opening it fences every earlier publisher of the same partition and settles its transaction.
    Every wait is bounded by ``operation_timeout_s``: after a broker's death aiokafka may wait for
    ever. Whatever fails raises SessionFailed, and then nothing more may be published through it:
    whether the last commit counted, only the broker knows.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        group_id: str,
        partition: Partition,
        transaction_timeout_s: float,
        operation_timeout_s: float,
    ) -> None:
        self._group_id = group_id
        self._partition = topic_partition(partition)
        self._operation_timeout_s = operation_timeout_s
        self._producer: Any = AIOKafkaProducer(
            **connection.client_options(f"publisher-{partition}"),
            transactional_id=transactional_id(group_id, partition.topic, partition.number),
            transaction_timeout_ms=round(transaction_timeout_s * 1000),
            acks="all",
            max_request_size=OUTPUT_MAX_MESSAGE_BYTES,
            max_batch_size=_MAX_BATCH_BYTES,
        )

    @classmethod
    async def open(
        cls,
        connection: KafkaConnection,
        *,
        group_id: str,
        partition: Partition,
        transaction_timeout_s: float,
        operation_timeout_s: float,
    ) -> Self:
        """Start the producer. Raises SessionFailed."""
        publisher = cls(
            connection,
            group_id=group_id,
            partition=partition,
            transaction_timeout_s=transaction_timeout_s,
            operation_timeout_s=operation_timeout_s,
        )
        try:
            await open_producer(publisher._producer, operation_timeout_s)
        except (KafkaError, TimeoutError) as error:
            raise SessionFailed(FailureReason.START_FAILED, described(error)) from error
        return publisher

    def accept(self, outcome: Outcome) -> None:
        """Nothing is sent before its transaction."""

    async def commit(self, outcomes: Sequence[Outcome], *, offset: int, metadata: str) -> None:
        """Publish ``outcomes`` and commit ``offset`` with ``metadata``, all or nothing.

        Returns once the broker has confirmed it. Raises SessionFailed.
        """
        async with self._failures_told():
            await self._producer.begin_transaction()
            await self._send(record for outcome in outcomes for record in outcome.records)
            await self._send_offset(offset, metadata)
            await self._producer.commit_transaction()

    async def confirm_coordinator(self, node: int) -> None:
        """See to it that broker ``node`` coordinates the group now. Raises SessionFailed.

        Reading a commit proves nothing: a coordinator that was replaced while it was frozen answers
        what it knew before. Writing does, since the other replicas must take part. So an offset is
        written, in a transaction that is then aborted, and who took it is compared.
        """
        async with self._failures_told():
            await self._producer.begin_transaction()
            await self._send_offset(0, "")
            taker = self._producer._sender._coordinators.get(CoordinationType.GROUP)
            await self._producer.abort_transaction()
        if taker != node:
            raise SessionFailed(FailureReason.START_FAILED, "the group's coordinator has moved")

    @asynccontextmanager
    async def _failures_told(self) -> AsyncGenerator[None]:
        """Bound a transaction, and turn whatever fails in it into SessionFailed."""
        try:
            async with asyncio.timeout(self._operation_timeout_s):
                yield
        except TimeoutError as error:
            raise SessionFailed(
                FailureReason.TIMED_OUT,
                f"no answer to a commit within {self._operation_timeout_s:g} s",
            ) from error
        except (KafkaError, IllegalOperation, AssertionError) as error:
            cause = self._cause_of(error)
            if isinstance(cause, _FENCING):
                raise SessionFailed(FailureReason.FENCED, described(cause)) from error
            raise failed_publication(cause, committed=self._partition.topic) from error

    def _cause_of(self, error: Exception) -> BaseException:
        """What made the transaction fail: aiokafka keeps that, and complains of what comes next.

        It asserts its state machine, so that an error in between shows as an assertion too.
        """
        ended = self._producer._txn_manager._transaction_waiter
        kept: BaseException | None = None
        if ended is not None and ended.done() and not ended.cancelled():
            # Seen, whichever is told, so that nobody logs it as never retrieved.
            kept = ended.exception()
        if kept is not None and isinstance(error, IllegalOperation | AssertionError):
            return kept
        return error

    async def _send_offset(self, offset: int, metadata: str) -> None:
        await self._producer.send_offsets_to_transaction(
            {self._partition: OffsetAndMetadata(offset, metadata)}, self._group_id
        )

    async def close(self) -> None:
        """Close the producer, bounded; an open transaction is left to the coordinator."""
        see_undrained(self._producer)
        await close_producer(self._producer, CLOSE_TIMEOUT_S)

    async def _send(self, records: Iterable[OutputRecord]) -> None:
        """Hand every record over, then wait for all of them: a failed batch aborts nothing."""
        deliveries = [await hand_over(self._producer, record) for record in records]
        if not deliveries:
            return
        await asyncio.wait(deliveries)
        failures = [error for delivery in deliveries if (error := delivery.exception())]
        if failures:
            raise failures[0]
