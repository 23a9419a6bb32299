"""Publishing records outside transactions, each acknowledged."""

import asyncio
from collections.abc import Iterable
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
    record: OutputRecord
    delivery: Delivery
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
        if self._tracer is not None:
            record, trace = self._tracer.sending(record)
            if trace is not None:
                delivery.add_done_callback(partial(_end, trace))
        flight = _Flight(record, delivery)
        try:
            await self._take_off(flight)
        except KafkaError as error:
            raise _failed(error) from error
        return flight.delivery

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
            raise PublishingFailed(
                f"the broker acknowledged nothing for {self._delivery_timeout_s:g} s"
            ) from None

    async def _take_off(self, flight: _Flight) -> None:
        """Send, with a slot that is held already and given back with the answer."""
        flight.attempts += 1
        record = flight.record
        try:
            # Bounded by the client itself, by its request time-out.
            answer: asyncio.Future[Any] = await self._producer.send(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
        except BaseException:
            self._slots.release()
            raise
        self._flights[answer] = flight
        answer.add_done_callback(self._land)

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
        async with self._renewal:
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


def _failed(error: KafkaError) -> PublishingFailed:
    return PublishingFailed(f"the broker refused it: {described(error)}")
