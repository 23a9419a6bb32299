"""Publishing records outside transactions, each acknowledged."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError

from stream_service.contracts.record import OutputRecord
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.refusals import described
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.in_flight import (
    CLOSE_TIMEOUT_S,
    InFlight,
    PublishingFailed,
    fail,
)
from stream_service.streaming.publishing.record_batches import Delivery, RecordBatch, WaitingBatches
from stream_service.streaming.send_trace import SendTrace, SendTracer

__all__ = ["PublishingFailed", "RecordPublisher"]


class RecordPublisher:
    """Publishes to any topic through an idempotent producer: acks=all, nothing doubled by retries.

    Records of one key arrive in order, those sent alone and those sent together each for
    themselves. A record that the broker refuses holds back no other. Use it as an async context
    manager; its end waits for what is in flight.
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
        self._tracer = tracer
        self._delivery_timeout_s = delivery_timeout_s
        self._in_flight = InFlight(
            connection,
            in_flight=in_flight,
            start_timeout_s=start_timeout_s,
            delivery_timeout_s=delivery_timeout_s,
            answered=self._answered,
        )
        self._batches = WaitingBatches()
        self._batches_move = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._is_abandoned = False

    async def __aenter__(self) -> Self:
        """Connect. Raises BrokerUnreachable."""
        await self._in_flight.open()
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
                await self._in_flight.abandon()
            else:
                await self._in_flight.answers(CLOSE_TIMEOUT_S)
        finally:
            await self._in_flight.close()

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
        record, delivery = self._begun(record)
        alone = RecordBatch(record.topic, record.partition, [record], [delivery])
        try:
            await self._in_flight.send(alone)
        except BaseException as error:
            # Its trace ends too.
            delivery.cancel()
            if isinstance(error, KafkaError):
                raise _failed(error) from error
            raise
        return delivery

    async def send_together(self, records: Sequence[OutputRecord]) -> Sequence[Delivery]:
        """Hand ``records`` over, in batches by partition; returns the delivery of each, in order.

        Raises PublishingFailed where the topic is not known. What else goes wrong is told by the
        deliveries: they fail with a KafkaError or a StreamError.
        """
        try:
            partitions = {
                topic: await self._in_flight.partitions_of(topic)
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
                    await self._in_flight.send_batch(batch)
                except (KafkaError, StreamError) as error:
                    self._batches.answered(batch)
                    fail(batch.deliveries, error)
                except asyncio.CancelledError:
                    batch.give_up()
                    raise
            await self._in_flight.send_again()

    def _answered(self, batch: RecordBatch) -> None:
        self._batches.takes_batches = self._in_flight.takes_batches
        self._batches.answered(batch)
        self._batches_move.set()

    async def _settle(self) -> None:
        waiting = self._batches.deliveries()
        if waiting:
            await asyncio.wait(waiting, timeout=self._delivery_timeout_s)
        await self._in_flight.settle()

    async def _end_sending(self) -> None:
        self._batches.give_up()
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending
            self._sending = None


def _end(trace: SendTrace, delivery: Delivery) -> None:
    if delivery.cancelled():
        trace.end("unanswered")
        return
    error = delivery.exception()
    trace.end(None if error is None else type(error).__name__)


def _failed(error: KafkaError) -> PublishingFailed:
    return PublishingFailed(f"the broker refused it: {described(error)}")
