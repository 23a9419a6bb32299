"""Records on their way through an idempotent producer, and what its gaps ask for."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    RecordTooLargeError,
)

from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.client.closing import abandon_producer, close_producer
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.startup import start_bounded
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.record_batches import Delivery, RecordBatch

CLOSE_TIMEOUT_S = 5.0
"""For closing connections, and for what is in flight when the block is left by an error."""

_CLOSE_GONE_TIMEOUT_S = 1.0
"""For the same, where the broker has given no answer for long already."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)

_ATTEMPTS = 10
"""How often a record is sent that was refused only because one before it had been."""


class PublishingFailed(StreamError):
    """A record was not acknowledged."""


class InFlight:
    """Batches, and records alone, that are sent and not yet answered.

    One that the broker refuses holds back no other: it leaves a gap in its partition's sequence
    numbers, for which all that follows is refused too; that is sent again through a new producer.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        in_flight: int,
        start_timeout_s: float,
        delivery_timeout_s: float,
        answered: Callable[[RecordBatch], None],
    ) -> None:
        self._connection = connection
        self._start_timeout_s = start_timeout_s
        self._delivery_timeout_s = delivery_timeout_s
        self._tell_answered = answered
        self._slots = asyncio.Semaphore(in_flight)
        self._sent: dict[asyncio.Future[Any], RecordBatch] = {}
        self._to_send_again: list[RecordBatch] = []
        self._has_gap = False
        self._has_given_up = False
        self._renewal = asyncio.Lock()
        self._handing_over = asyncio.Lock()
        self._producer: Any = None
        self.takes_batches = True
        """Until a topic was met that takes less than a batch."""

    async def open(self) -> None:
        """Connect. Raises BrokerUnreachable."""
        self._has_given_up = False
        self._producer = AIOKafkaProducer(
            **self._connection.client_options("publisher"),
            acks="all",
            enable_idempotence=True,
            max_request_size=OUTPUT_MAX_MESSAGE_BYTES,
        )
        try:
            await start_bounded(self._producer.start, self._connection, self._start_timeout_s)
        except BaseException:
            await self._close()
            raise

    async def close(self) -> None:
        """Close the connection; what has no answer has an unknown fate."""
        try:
            await self._close()
        finally:
            await self._give_up()

    async def abandon(self) -> None:
        """Let nothing more leave."""
        await abandon_producer(self._producer)

    async def _close(self) -> None:
        timeout_s = _CLOSE_GONE_TIMEOUT_S if self._has_given_up else CLOSE_TIMEOUT_S
        await close_producer(self._producer, timeout_s)

    async def partitions_of(self, topic: str) -> Sequence[int]:
        """Raises KafkaError."""
        return sorted(await self._producer.partitions_for(topic))

    async def send(self, batch: RecordBatch) -> None:
        """Send one record, once there is room for it among those in flight.

        Raises KafkaError, PublishingFailed, BrokerUnreachable.
        """
        await self._wait_for_turn()
        await self._send(batch)

    async def send_batch(self, batch: RecordBatch) -> None:
        """Send several records of one partition, as ``send`` does."""
        while True:
            await self._wait_for_turn()
            async with self._handing_over:
                if not self._has_gap:
                    await self._send(batch)
                    return
            self._slots.release()

    async def settle(self) -> None:
        """Wait for the answers to all that is in flight, and to what must be sent again."""
        await self.answers(self._delivery_timeout_s)
        while self._to_send_again or self._renewal.locked():
            await self._renew()
            await self.answers(self._delivery_timeout_s)

    async def send_again(self) -> None:
        """Send what must be sent again, though nothing else comes."""
        if self._to_send_again:
            try:
                await self._renew()
            except StreamError as error:
                for batch in self._to_send_again:
                    fail(batch.deliveries, error)
                self._to_send_again.clear()

    async def answers(self, timeout_s: float) -> None:
        """Wait for the answers to all that is in flight; what gets none in time is given up."""
        if self._sent:
            _, unanswered = await asyncio.wait(set(self._sent), timeout=timeout_s)
            if unanswered:
                self._has_given_up = True
                await self._give_up()

    async def _wait_for_turn(self) -> None:
        """Wait for a slot, and for a producer without a gap."""
        await self._wait_for_slot()
        while self._has_gap:
            self._slots.release()
            await self._renew()
            await self._wait_for_slot()

    async def _wait_for_slot(self) -> None:
        if not self._slots.locked():
            # At once: a time-out that cannot strike costs as much as the rest of a send.
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(self._delivery_timeout_s):
                await self._slots.acquire()
        except TimeoutError:
            raise PublishingFailed(
                f"the broker acknowledged nothing for {self._delivery_timeout_s:g} s"
            ) from None

    async def _send(self, batch: RecordBatch) -> None:
        """Send, with a slot that is held already and given back with the answer."""
        batch.attempts += 1
        try:
            # Bounded by the client itself, by its request time-out.
            answer = await self._hand_over(batch)
        except BaseException:
            self._slots.release()
            raise
        self._sent[answer] = batch
        answer.add_done_callback(self._answered)

    async def _hand_over(self, batch: RecordBatch) -> "asyncio.Future[Any]":
        [record, *more] = batch.records
        if not more:
            return await self._producer.send(
                batch.topic,
                value=record.value,
                key=record.key,
                partition=batch.partition,
                headers=list(record.headers),
            )
        return await self._producer.send_batch(
            batch.built(), batch.topic, partition=batch.partition
        )

    def _answered(self, answer: "asyncio.Future[Any]") -> None:
        batch = self._sent.pop(answer)
        self._slots.release()
        error = None if answer.cancelled() else answer.exception()
        self._has_gap = self._has_gap or error is not None
        if answer.cancelled():
            batch.give_up()
        elif error is None:
            batch.acknowledge()
        elif all(delivery.done() for delivery in batch.deliveries):
            pass
        elif isinstance(error, OutOfOrderSequenceNumber) and batch.attempts < _ATTEMPTS:
            self._to_send_again.append(batch)
        elif isinstance(error, _TOO_LARGE) and len(batch.records) > 1:
            # Its topic takes less than a batch, and perhaps every record of it.
            self.takes_batches = False
            self._to_send_again += batch.one_by_one()
        else:
            fail(batch.deliveries, error)
        self._tell_answered(batch)

    async def _give_up(self) -> None:
        for answer in tuple(self._sent):
            answer.cancel()
        for batch in self._to_send_again:
            batch.give_up()
        self._to_send_again.clear()
        # Callbacks run in the loop's next turns: ours first, then our callers', who count in them.
        for _ in range(2):
            await asyncio.sleep(0)

    async def _renew(self) -> None:
        """Go on with a new producer, whose sequence numbers have no gap."""
        # The client takes a batch that waits for room while it is closed, and never sends it.
        async with self._renewal, self._handing_over:
            if not self._has_gap:
                return
            await self.answers(self._delivery_timeout_s)
            await self._close()
            await self.open()
            self._has_gap = False
            await self._send_again()

    async def _send_again(self) -> None:
        batches, self._to_send_again = self._to_send_again, []
        try:
            while batches:
                await self._wait_for_slot()
                try:
                    await self._send(batches[0])
                except KafkaError as error:
                    fail(batches[0].deliveries, error)
                del batches[0]
        finally:
            self._to_send_again += batches


def fail(deliveries: Iterable[Delivery], error: BaseException) -> None:
    """Tell those who wait for them of ``error``."""
    for delivery in deliveries:
        if not delivery.done():
            delivery.set_exception(error)
