"""Publishing records outside transactions, each acknowledged."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.closing import abandon_producer, close_producer
from stream_service.streaming.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.record_batches import BATCH_BYTES, in_batches
from stream_service.streaming.refusals import described
from stream_service.streaming.send_trace import SendTrace, SendTracer
from stream_service.streaming.startup import start_bounded

_CLOSE_TIMEOUT_S = 5.0
"""For closing connections, and for what is in flight when the block is left by an error."""

_CLOSE_GONE_TIMEOUT_S = 1.0
"""For the same, where the broker has given no answer for long already."""

_ATTEMPTS = 10
"""How often a record is sent that was refused only because one before it had been."""

Delivery = asyncio.Future[None]
"""Done when the broker has acknowledged the record.

It fails with a KafkaError, and is cancelled where no answer came in time: then the record may have
arrived nevertheless.
"""


class PublishingFailed(StreamError):
    """A record was not acknowledged."""


@dataclass(slots=True)
class _Flight:
    records: Sequence[OutputRecord]
    """One, or some that are in one partition."""
    delivery: Delivery
    partition: int | None = None
    attempts: int = 0


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
        self._flights: dict[asyncio.Future[Any], _Flight] = {}
        self._to_send_again: list[_Flight] = []
        self._has_gap = False
        self._has_given_up = False
        self._is_abandoned = False
        self._renewal = asyncio.Lock()
        self._batch_turn = asyncio.Lock()
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        """Connect. Raises BrokerUnreachable."""
        await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if self._is_abandoned:
                await abandon_producer(self._producer)
            elif kind is None:
                await self._settle()
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

    async def send(self, record: OutputRecord) -> Delivery:
        """Hand ``record`` over once there is room for it among those in flight.

        Raises PublishingFailed when the broker takes nothing any more, BrokerUnreachable.
        """
        await self._wait_for_slot()
        while self._has_gap:
            self._slots.release()
            await self._renew()
            await self._wait_for_slot()
        delivery: Delivery = asyncio.get_running_loop().create_future()
        try:
            await self._take_off(_Flight([self._traced(record, delivery)], delivery))
        except KafkaError as error:
            raise _failed(error) from error
        return delivery

    async def send_together(self, records: Sequence[OutputRecord]) -> Sequence[Delivery]:
        """Hand ``records`` over in batches; returns the delivery of each, in their order.

        The broker takes a batch as a whole or not at all, so its records share their delivery.
        Those that could not be handed over have one that failed, with a KafkaError or StreamError.
        """
        loop = asyncio.get_running_loop()
        deliveries: list[Delivery] = [loop.create_future()] * len(records)
        try:
            topics = {record.topic for record in records}
            partitions = {
                topic: sorted(await self._producer.partitions_for(topic)) for topic in topics
            }
        except KafkaError as error:
            _fail(deliveries, error)
            return deliveries
        failure: KafkaError | StreamError | None = None
        for batch in in_batches(records, partitions):
            delivery: Delivery = loop.create_future()
            for position in batch.positions:
                deliveries[position] = delivery
            traced = [self._traced(record, delivery) for record in batch.records]
            if failure is None:
                try:
                    async with self._turn_to_batch():
                        await self._take_off(_Flight(traced, delivery, batch.partition))
                except (KafkaError, StreamError) as error:
                    failure = error
            if failure is not None:
                _fail([delivery], failure)
        return deliveries

    @asynccontextmanager
    async def _turn_to_batch(self) -> AsyncGenerator[None]:
        """Hold a slot, and alone the right to wait for a partition's room for a batch.

        The client takes one batch a partition and gives up on whoever waits together with many
        others (MessageAccumulator.add_batch, 0.14, counts each wait over again); it also takes one
        while it is closed, and never sends it. The slot is given back with the answer.
        """
        while True:
            await self._wait_for_slot()
            try:
                async with asyncio.timeout(self._delivery_timeout_s):
                    await self._batch_turn.acquire()
            except BaseException as error:
                self._slots.release()
                if isinstance(error, TimeoutError):
                    raise self._stuck() from None
                raise
            if not self._has_gap:
                break
            self._batch_turn.release()
            self._slots.release()
            await self._renew()
        try:
            yield
        finally:
            self._batch_turn.release()

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

    async def _wait_for_slot(self) -> None:
        if not self._slots.locked():
            # At once: a time-out that cannot strike costs as much as the rest of a send.
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(self._delivery_timeout_s):
                await self._slots.acquire()
        except TimeoutError:
            raise self._stuck() from None

    def _stuck(self) -> PublishingFailed:
        return PublishingFailed(
            f"the broker acknowledged nothing for {self._delivery_timeout_s:g} s"
        )

    def _traced(self, record: OutputRecord, delivery: Delivery) -> OutputRecord:
        """The record with its trace context, where there is one; it ends with ``delivery``."""
        if self._tracer is not None:
            record, trace = self._tracer.sending(record)
            if trace is not None:
                delivery.add_done_callback(partial(_end, trace))
        return record

    async def _take_off(self, flight: _Flight) -> None:
        """Send, with a slot that is held already and given back with the answer."""
        flight.attempts += 1
        try:
            # Bounded by the client itself, by its request time-out.
            answer: asyncio.Future[Any] = await self._hand_over(flight)
        except BaseException:
            self._slots.release()
            raise
        self._flights[answer] = flight
        answer.add_done_callback(self._land)

    async def _hand_over(self, flight: _Flight) -> "asyncio.Future[Any]":
        [record, *more] = flight.records
        if not more:
            return await self._producer.send(
                record.topic,
                value=record.value,
                key=record.key,
                partition=record.partition if flight.partition is None else flight.partition,
                headers=list(record.headers),
            )
        batch = self._producer.create_batch()
        for record in flight.records:
            batch.append(
                timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
            )
        return await self._producer.send_batch(batch, record.topic, partition=flight.partition)

    def _land(self, answer: asyncio.Future[Any]) -> None:
        flight = self._flights.pop(answer)
        self._slots.release()
        error = None if answer.cancelled() else answer.exception()
        self._has_gap = self._has_gap or error is not None
        if flight.delivery.done():
            return
        if answer.cancelled():
            flight.delivery.cancel()
        elif error is None:
            flight.delivery.set_result(None)
        elif isinstance(error, OutOfOrderSequenceNumber) and flight.attempts < _ATTEMPTS:
            self._to_send_again.append(flight)
        else:
            flight.delivery.set_exception(error)

    async def _settle(self) -> None:
        await self._answers(self._delivery_timeout_s)
        while self._to_send_again:
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
        for flight in self._to_send_again:
            flight.delivery.cancel()
        self._to_send_again.clear()
        # Callbacks run in the loop's next turns: ours first, then our callers', who count in them.
        for _ in range(2):
            await asyncio.sleep(0)

    async def _renew(self) -> None:
        """Go on with a new producer, whose sequence numbers have no gap."""
        # A batch that waits for room would be taken by the closed producer, and never be sent.
        async with self._renewal, self._batch_turn:
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
                    flights[0].delivery.set_exception(error)
                del flights[0]
        finally:
            self._to_send_again += flights

    async def _open(self) -> None:
        self._has_given_up = False
        self._producer = AIOKafkaProducer(
            **self._connection.client_options("publisher"),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
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


def _fail(deliveries: Iterable[Delivery], error: Exception) -> None:
    for delivery in deliveries:
        if not delivery.done():
            delivery.set_exception(error)
            # Seen, so that nobody logs it as never retrieved where its owner has gone.
            delivery.exception()


def _failed(error: KafkaError) -> PublishingFailed:
    return PublishingFailed(f"the broker refused it: {described(error)}")
