"""Publishing records outside transactions, each acknowledged."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.startup import start_bounded

_CLOSE_TIMEOUT_S = 5.0
"""For closing connections, and for what is in flight when the block is left by an error."""

Delivery = asyncio.Future[Any]
"""Done when the broker has acknowledged the record; it may have arrived even if this fails.

It fails with a KafkaError, and is cancelled where no answer came in time.
"""


class PublishingFailed(StreamError):
    """A record was not acknowledged."""


class RecordPublisher:
    """Publishes to any topic through an idempotent producer: acks=all, nothing doubled by retries.

    Use it as an async context manager; its end waits for what is in flight.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        in_flight: int = 1_000,
        start_timeout_s: float = 30.0,
        delivery_timeout_s: float = 30.0,
    ) -> None:
        self._connection = connection
        self._start_timeout_s = start_timeout_s
        self._delivery_timeout_s = delivery_timeout_s
        self._slots = asyncio.Semaphore(in_flight)
        self._pending: set[Delivery] = set()
        self._producer: Any = None
        self._has_failed = False

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
            await self._settle(self._delivery_timeout_s if kind is None else _CLOSE_TIMEOUT_S)
        finally:
            await self._close()
            await self._give_up(self._pending)

    async def send(self, record: OutputRecord) -> Delivery:
        """Hand ``record`` over once there is room for it among those in flight.

        Raises PublishingFailed when the broker takes nothing any more.
        """
        if self._has_failed:
            await self._renew()
        await self._wait_for_slot()
        try:
            # Bounded by the client itself, by its request time-out.
            delivery: Delivery = await self._producer.send(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
        except BaseException as error:
            self._slots.release()
            if isinstance(error, KafkaError):
                raise _failed(error) from error
            raise
        self._pending.add(delivery)
        delivery.add_done_callback(self._done)
        return delivery

    async def publish(self, records: Iterable[OutputRecord]) -> None:
        """Publish all ``records`` and wait for every acknowledgement. Raises PublishingFailed."""
        deliveries = [await self.send(record) for record in records]
        await self._settle(self._delivery_timeout_s)
        for delivery in deliveries:
            if delivery.cancelled():
                raise PublishingFailed(
                    f"no acknowledgement came within {self._delivery_timeout_s:g} s"
                )
            if isinstance(error := delivery.exception(), KafkaError):
                raise _failed(error) from error

    async def _wait_for_slot(self) -> None:
        try:
            async with asyncio.timeout(self._delivery_timeout_s):
                await self._slots.acquire()
        except TimeoutError:
            raise PublishingFailed(
                f"the broker acknowledged nothing for {self._delivery_timeout_s:g} s"
            ) from None

    def _done(self, delivery: Delivery) -> None:
        self._pending.discard(delivery)
        self._slots.release()
        if delivery.cancelled() or delivery.exception() is not None:
            self._has_failed = True

    async def _settle(self, timeout_s: float) -> None:
        """Wait for what is in flight; what is not acknowledged in time is given up."""
        if self._pending:
            _, unanswered = await asyncio.wait(set(self._pending), timeout=timeout_s)
            await self._give_up(unanswered)

    async def _give_up(self, unanswered: Iterable[Delivery]) -> None:
        for delivery in tuple(unanswered):
            delivery.cancel()
        # Their callbacks run in the loop's next turn, and callers count in them.
        await asyncio.sleep(0)

    async def _renew(self) -> None:
        """A batch that failed leaves a gap in its partition's sequence: the broker refuses all
        that follows from the same producer."""
        await self._settle(self._delivery_timeout_s)
        await self._close()
        await self._open()
        self._has_failed = False

    async def _open(self) -> None:
        self._producer = AIOKafkaProducer(
            **self._connection.client_options("publisher"),
            acks="all",
            enable_idempotence=True,
            max_request_size=OUTPUT_MAX_MESSAGE_BYTES,
        )
        try:
            await start_bounded(
                self._producer.start, self._connection.bootstrap_servers, self._start_timeout_s
            )
        except BaseException:
            await self._close()
            raise

    async def _close(self) -> None:
        # A producer whose broker is gone flushes for ever; cancelling it closes what is left.
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._producer.stop()
                return
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(1):
                await self._producer.client.close()


def _failed(error: KafkaError) -> PublishingFailed:
    return PublishingFailed(f"the broker refused it: {type(error).__name__}")
