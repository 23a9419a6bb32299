"""A publisher that is there or says at once that it is not."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError

from stream_service.console.errors import ConsoleError, KafkaAway
from stream_service.contracts.record import OutputRecord
from stream_service.observe.logs import logger
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.publisher import RecordPublisher
from stream_service.streaming.publishing.record_batches import Delivery
from stream_service.streaming.send_trace import SendTracer
from stream_service.streaming.topic_administration import TopicAdministration

_REQUEST_TIMEOUT_S = 5.0
"""Within which a record is acknowledged or given up: somebody waits for the answer."""

_ANSWER_TIMEOUT_S = 8.0
"""Above the client's own bound, which tells more."""

_START_TIMEOUT_S = 5.0
_RETRY_S = 2.0
"""From one attempt to reach a broker that is away to the next, and what callers are told."""

_IN_FLIGHT = 2_000
"""Sends, of one record or of a batch, that wait for their answer."""


class RecordRefused(ConsoleError):
    """The broker does not take this record, and takes others."""


class _Lost(Exception):
    """The connection is given up, and a new one made."""


class KafkaPublisher:
    """Publishes, each record acknowledged by Kafka. ``run`` is its one task.

    While the broker is away nobody waits for it: callers are told at once, and a task of its own
    tries to reach it.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topics: Sequence[str],
        *,
        tracer: SendTracer | None = None,
    ) -> None:
        timeout_s = min(connection.request_timeout_s, _REQUEST_TIMEOUT_S)
        self._connection = replace(connection, request_timeout_s=timeout_s)
        self._topics = topics
        self._tracer = tracer
        self._publisher: RecordPublisher | None = None
        self._lost = asyncio.Event()
        self._found = asyncio.Event()
        self._why = "the console has just started"
        self._log = logger()

    @property
    def is_there(self) -> bool:
        """Whether records are taken."""
        return self._publisher is not None

    async def run(self) -> None:
        """Keep a connection for ever."""
        while True:
            try:
                await self._serve()
            except _Lost:
                self._log.warning("publisher_lost", detail=self._why)
            except StreamError as error:
                if self._why != str(error):
                    self._log.warning("publisher_away", detail=str(error))
                self._why = str(error)
            await asyncio.sleep(_RETRY_S)

    async def wait_until_there(self) -> None:
        """Return once records are taken."""
        await self._found.wait()

    async def publish(self, record: OutputRecord) -> None:
        """Publish ``record``; returns once Kafka has acknowledged it.

        Raises KafkaAway, after which it is as good as certain that the record is not there (but
        for an answer that was lost on its way), and RecordRefused.
        """
        await self.acknowledged(await self.hand_over(record))

    async def hand_over(self, record: OutputRecord) -> Delivery:
        """Send ``record``, whose answer is waited for later. Raises KafkaAway."""
        publisher = self._publisher
        if publisher is None:
            raise self._away()
        try:
            # Bounded by its own waits: for a slot, and for a new connection.
            return await publisher.send(record)
        except StreamError as error:
            raise self._lose(error) from error

    async def hand_over_all(self, records: Sequence[OutputRecord]) -> Sequence[Delivery]:
        """Send ``records`` in batches, whose answers are waited for later. Raises KafkaAway."""
        publisher = self._publisher
        if publisher is None:
            raise self._away()
        try:
            return await publisher.send_together(records)
        except StreamError as error:
            raise self._lose(error) from error

    async def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Wait for the answers to all, as long as for one; what came of each is asked for then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                # One after the other: those of a batch are done together, and a callback each is
                # dearer than a look.
                for delivery in deliveries:
                    if not delivery.done():
                        await asyncio.wait((delivery,))

    async def acknowledged(self, delivery: Delivery) -> None:
        """Wait for the answer. Raises KafkaAway and RecordRefused."""
        if not delivery.done():
            await self.settle([delivery])
        if not delivery.done() or delivery.cancelled():
            raise self._lose(TimeoutError(f"no answer within {_ANSWER_TIMEOUT_S:g} s"))
        match delivery.exception():
            case None:
                return
            case MessageSizeTooLargeError() | RecordTooLargeError() as error:
                raise RecordRefused("the record is larger than its topic takes") from error
            case KafkaError() | StreamError() as error:
                raise self._lose(error) from error
            case error:
                raise error

    def _lose(self, error: BaseException) -> KafkaAway:
        self._why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        self._publisher = None
        self._found.clear()
        self._lost.set()
        return self._away()

    def _away(self) -> KafkaAway:
        return KafkaAway(f"Kafka cannot be reached ({self._why})", _RETRY_S)

    async def _serve(self) -> None:
        async with TopicAdministration(
            self._connection, start_timeout_s=_START_TIMEOUT_S
        ) as administration:
            # A producer would only wait for a topic that is missing.
            await administration.partitions(self._topics, Operation.WRITE)
        async with RecordPublisher(
            self._connection,
            in_flight=_IN_FLIGHT,
            start_timeout_s=_START_TIMEOUT_S,
            delivery_timeout_s=_REQUEST_TIMEOUT_S,
            tracer=self._tracer,
        ) as publisher:
            self._lost.clear()
            self._publisher = publisher
            self._found.set()
            try:
                await self._lost.wait()
            finally:
                self._publisher = None
                self._found.clear()
            # Who waited has been told that nothing was published.
            publisher.abandon()
            raise _Lost
