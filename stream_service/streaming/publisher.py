"""Publishing records outside transactions, each acknowledged."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    RecordTooLargeError,
)

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.closing import abandon_producer, close_producer
from stream_service.streaming.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.record_batches import (
    Delivery,
    RecordBatch,
    WaitingBatches,
)
from stream_service.streaming.refusals import described
from stream_service.streaming.send_trace import SendTrace, SendTracer
from stream_service.streaming.startup import start_bounded

_CLOSE_TIMEOUT_S = 5.0
"""For closing connections, and for what is in flight when the block is left by an error."""

_CLOSE_GONE_TIMEOUT_S = 1.0
"""For the same, where the broker has given no answer for long already."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)

_ATTEMPTS = 10
"""How often a record is sent that was refused only because one before it had been."""


class PublishingFailed(StreamError):
    """A record was not acknowledged."""


class RecordPublisher:
    """Publishes to any topic through an idempotent producer: acks=all, nothing doubled by retries.

    Records of one key arrive in order. A record that the broker refuses holds back no other: it
    leaves a gap in its partition's sequence numbers, for which all that follows is refused too;
    that is sent again through a new producer. Use it as an async context manager; its end waits
    for what is in flight.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        in_flight: int = 1_000,
        start_timeout_s: float = 30.0,
        delivery_timeout_s: float = 30.0,
        tracer: SendTracer | None = None,
    ) -> None:
        self._connection = connection
        self._tracer = tracer
        self._start_timeout_s = start_timeout_s
        self._delivery_timeout_s = delivery_timeout_s
        self._slots = asyncio.Semaphore(in_flight)
        self._flights: dict[asyncio.Future[Any], RecordBatch] = {}
        self._to_send_again: list[RecordBatch] = []
        self._has_gap = False
        self._has_given_up = False
        self._is_abandoned = False
        self._renewal = asyncio.Lock()
        self._batches = WaitingBatches()
        self._batches_move = asyncio.Event()
        self._handing_over = asyncio.Lock()
        self._sending: asyncio.Task[None] | None = None
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        """Connect. Raises BrokerUnreachable."""
        await self._open()
        self._sending = asyncio.create_task(self._send_batches())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self._is_abandoned:
                await self._settle()
            await self._end_sending()
            if self._is_abandoned:
                await abandon_producer(self._producer)
            else:
                await self._answers(_CLOSE_TIMEOUT_S)
        finally:
            await self._close()
            await self._give_up()

    def abandon(self) -> None:
        """Give up what is in flight: the end of the block waits for nothing, and sends nothing.

        For who has been told already that it was not published.
        """
        self._is_abandoned = True
        self._batches.give_up()

    async def send(self, record: OutputRecord) -> Delivery:
        """Hand ``record`` over once there is room for it among those in flight.

        Raises PublishingFailed when the broker takes nothing any more, BrokerUnreachable.
        """
        await self._wait_for_turn()
        record, delivery = self._begun(record)
        try:
            await self._take_off(RecordBatch(record.topic, record.partition, [record], [delivery]))
        except KafkaError as error:
            raise _failed(error) from error
        return delivery

    async def send_together(self, records: Sequence[OutputRecord]) -> Sequence[Delivery]:
        """Hand ``records`` over, in batches by partition; returns the delivery of each, in order.

        Raises PublishingFailed where the topic is not known. What else goes wrong is told by the
        deliveries: they fail with a KafkaError or a StreamError.
        """
        try:
            partitions = {
                topic: sorted(await self._producer.partitions_for(topic))
                for topic in {record.topic for record in records}
            }
        except KafkaError as error:
            raise _failed(error) from error
        deliveries: list[Delivery] = []
        for given in records:
            record, delivery = self._begun(given)
            self._batches.add(record, delivery, partitions[record.topic])
            deliveries.append(delivery)
        self._batches_move.set()
        return deliveries

    async def publish(self, records: Iterable[OutputRecord]) -> None:
        """Publish all ``records`` and wait for every acknowledgement.

        Raises PublishingFailed, BrokerUnreachable.
        """
        deliveries = [await self.send(record) for record in records]
        await self._settle()
        failures = [
            None if delivery.cancelled() else delivery.exception() for delivery in deliveries
        ]
        if any(delivery.cancelled() for delivery in deliveries):
            raise PublishingFailed(f"no answer came within {self._delivery_timeout_s:g} s")
        for failure in failures:
            if isinstance(failure, KafkaError):
                raise _failed(failure) from failure

    def _begun(self, record: OutputRecord) -> tuple[OutputRecord, Delivery]:
        """The record with its trace context, where it has one, and its delivery."""
        delivery: Delivery = asyncio.get_running_loop().create_future()
        if self._tracer is not None:
            record, trace = self._tracer.sending(record)
            if trace is not None:
                delivery.add_done_callback(partial(_end, trace))
        return record, delivery

    async def _send_batches(self) -> None:
        """Send what waits, and what must be sent again though nothing else comes, for ever."""
        while True:
            await self._batches_move.wait()
            self._batches_move.clear()
            while (batch := self._batches.next()) is not None:
                try:
                    await self._send_batch(batch)
                except (KafkaError, StreamError) as error:
                    self._batches.answered(batch)
                    _fail(batch.deliveries, error)
                except asyncio.CancelledError:
                    batch.give_up()
                    raise
            if self._to_send_again:
                try:
                    await self._renew()
                except StreamError as error:
                    for batch in self._to_send_again:
                        _fail(batch.deliveries, error)
                    self._to_send_again.clear()

    async def _send_batch(self, batch: RecordBatch) -> None:
        while True:
            await self._wait_for_turn()
            async with self._handing_over:
                if not self._has_gap:
                    await self._take_off(batch)
                    return
            self._slots.release()

    async def _end_sending(self) -> None:
        self._batches.give_up()
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending
            self._sending = None

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

    async def _take_off(self, batch: RecordBatch) -> None:
        """Send, with a slot that is held already and given back with the answer."""
        batch.attempts += 1
        try:
            # Bounded by the client itself, by its request time-out.
            answer = await self._hand_over(batch)
        except BaseException:
            self._slots.release()
            raise
        self._flights[answer] = batch
        answer.add_done_callback(self._land)

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

    def _land(self, answer: "asyncio.Future[Any]") -> None:
        batch = self._flights.pop(answer)
        self._slots.release()
        self._batches.answered(batch)
        self._batches_move.set()
        error = None if answer.cancelled() else answer.exception()
        self._has_gap = self._has_gap or error is not None
        if all(delivery.done() for delivery in batch.deliveries):
            return
        if answer.cancelled():
            batch.give_up()
        elif error is None:
            for delivery in batch.deliveries:
                if not delivery.done():
                    delivery.set_result(None)
        elif isinstance(error, OutOfOrderSequenceNumber) and batch.attempts < _ATTEMPTS:
            self._to_send_again.append(batch)
        elif isinstance(error, _TOO_LARGE) and len(batch.records) > 1:
            # Its topic takes less than a batch, and perhaps every record of it.
            self._batches.batch_bytes = 0
            self._to_send_again += batch.one_by_one()
        else:
            _fail(batch.deliveries, error)

    async def _settle(self) -> None:
        waiting = self._batches.deliveries()
        if waiting:
            await asyncio.wait(waiting, timeout=self._delivery_timeout_s)
        await self._answers(self._delivery_timeout_s)
        while self._to_send_again or self._renewal.locked():
            await self._renew()
            await self._answers(self._delivery_timeout_s)

    async def _answers(self, timeout_s: float) -> None:
        """Wait for the answers to all that is in flight; what gets none in time is given up."""
        if self._flights:
            _, unanswered = await asyncio.wait(set(self._flights), timeout=timeout_s)
            if unanswered:
                self._has_given_up = True
                await self._give_up()

    async def _give_up(self) -> None:
        for answer in tuple(self._flights):
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
            await self._answers(self._delivery_timeout_s)
            await self._close()
            await self._open()
            self._has_gap = False
            await self._send_again()

    async def _send_again(self) -> None:
        flights, self._to_send_again = self._to_send_again, []
        try:
            while flights:
                await self._wait_for_slot()
                try:
                    await self._take_off(flights[0])
                except KafkaError as error:
                    _fail(flights[0].deliveries, error)
                del flights[0]
        finally:
            self._to_send_again += flights

    async def _open(self) -> None:
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

    async def _close(self) -> None:
        timeout_s = _CLOSE_GONE_TIMEOUT_S if self._has_given_up else _CLOSE_TIMEOUT_S
        await close_producer(self._producer, timeout_s)


def _end(trace: SendTrace, delivery: Delivery) -> None:
    if delivery.cancelled():
        trace.end("unanswered")
        return
    error = delivery.exception()
    trace.end(None if error is None else type(error).__name__)


def _fail(deliveries: Iterable[Delivery], error: BaseException) -> None:
    for delivery in deliveries:
        if not delivery.done():
            delivery.set_exception(error)


def _failed(error: KafkaError) -> PublishingFailed:
    return PublishingFailed(f"the broker refused it: {described(error)}")
