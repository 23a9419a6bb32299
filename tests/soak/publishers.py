"""People and programs that publish feedback: by HTTP one by one and in batches, and by Kafka."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka.errors import KafkaError

from stream_service.contracts.events import event_of, event_record
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import OutputRecord
from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.publisher import RecordPublisher
from tests.soak.gateway import Gateway
from tests.soak.ledger import Promises
from tests.support.cluster import Cluster
from tests.support.records import BAD_CLOUDEVENTS, BAD_VALUES

CUSTOMERS = 400

_OFTEN = tuple(1 / (rank + 10) for rank in range(CUSTOMERS))
"""Some write far more often than others; the first one is three events of a hundred. One of whom
more came than a call of the model lasts would wait behind himself: a customer's events have an
order."""

_OF_PEOPLE, _OF_FILES, _OF_PROGRAMS = 0.5, 0.2, 0.3
"""Shares of the events: posted one by one, in batches, and by Kafka."""

_PEOPLE = 6
_ROWS = 10
_TWICE_SHARE = 0.02
"""Somebody presses the button twice."""
_GARBAGE_SHARE = 0.01
"""What programs publish that is no event."""
_WITHOUT_ID_SHARE = 0.3
"""Posted with an Idempotency-Key, and named by the console."""

_PATIENCE_S = 240.0
_LARGEST_GARBAGE_BYTES = 100_000

GARBAGE: Sequence[tuple[bytes | None, Any]] = (
    *(
        (value, ())
        for value, _ in BAD_VALUES.values()
        if value is None or len(value) < _LARGEST_GARBAGE_BYTES
    ),
    *((value, headers) for value, headers, _ in BAD_CLOUDEVENTS.values()),
)


class Publishers:
    """All who publish; ``run`` returns when ``stop`` is set and what was begun is done."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        gateway: Gateway,
        texts: Sequence[str],
        events_per_s: float,
        seed: int,
        promises: Promises,
        tell: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._gateway = gateway
        self._texts = texts
        self._events_per_s = events_per_s
        self._chance = random.Random(f"{seed}/publishers")
        self._promises = promises
        self._tell = tell

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until ``stop`` is set."""
        async with asyncio.TaskGroup() as people:
            for _ in range(_PEOPLE):
                pause_s = _PEOPLE / (self._events_per_s * _OF_PEOPLE)
                people.create_task(self._again_and_again(stop, pause_s, self._post_one))
            pause_s = _ROWS / (self._events_per_s * _OF_FILES)
            people.create_task(self._again_and_again(stop, pause_s, self._post_batch))
            people.create_task(self._program(stop))

    async def _again_and_again(
        self, stop: asyncio.Event, mean_pause_s: float, act: Callable[[], Any]
    ) -> None:
        while not stop.is_set():
            await _pause(stop, self._chance.expovariate(1 / mean_pause_s))
            if not stop.is_set():
                await act()

    def _feedback(self) -> dict[str, Any]:
        chance = self._chance
        [customer] = chance.choices(range(CUSTOMERS), _OFTEN)
        feedback: dict[str, Any] = {
            "event_id": str(UUID(int=chance.getrandbits(128), version=4)),
            "customer_id": f"customer-{customer}",
            "text": chance.choice(self._texts),
            "channel": chance.choice(["app", "email", "chat"]),
        }
        if chance.random() < 0.4:
            feedback["rating"] = chance.randint(1, 5)
        return feedback

    # By HTTP --------------------------------------------------------------------------------

    async def _post_one(self) -> None:
        feedback = self._feedback()
        headers: dict[str, str] = {}
        if self._chance.random() < _WITHOUT_ID_SHARE:
            headers["Idempotency-Key"] = feedback.pop("event_id")
        self._promises.sent_events += 1
        presses = 2 if self._chance.random() < _TWICE_SHARE else 1
        await asyncio.gather(*(self._press(feedback, headers) for _ in range(presses)))

    async def _press(self, feedback: dict[str, Any], headers: dict[str, str]) -> None:
        answer = await self._gateway.ask("POST", "/v1/feedback", json=feedback, headers=headers)
        if answer is None:
            self._promises.given_up += 1
        elif answer.status_code == 202:
            self._promises.events.add(answer.json()["event_id"])

    async def _post_batch(self) -> None:
        rows: list[dict[str, Any]] = [self._feedback() for _ in range(_ROWS)]
        self._promises.sent_events += len(rows)
        while rows:
            answer = await self._gateway.ask("POST", "/v1/feedback/batch", json=rows)
            if answer is None or answer.status_code != 202:
                self._promises.given_up += answer is None
                return
            fates: list[dict[str, Any]] = answer.json()["rows"]
            self._promises.events.update(
                fate["event_id"] for fate in fates if fate["status"] == "accepted"
            )
            rows = [rows[fate["row"] - 1] for fate in fates if fate["status"] == "failed"]

    # By Kafka -------------------------------------------------------------------------------

    async def _program(self, stop: asyncio.Event) -> None:
        """A program publishes by itself; a publisher that fails is replaced by another."""
        unsent: list[tuple[str | None, OutputRecord]] = []
        while not stop.is_set() or unsent:
            try:
                async with RecordPublisher(self._cluster.connection) as publisher:
                    while not stop.is_set() or unsent:
                        if not unsent:
                            unsent = self._records()
                            self._promises.sent_events += len(unsent)
                        await self._publish(publisher, unsent)
                        mean_pause_s = 1 / (self._events_per_s * _OF_PROGRAMS)
                        await _pause(stop, self._chance.expovariate(1 / mean_pause_s))
            except (StreamError, TimeoutError) as error:
                self._tell(f"the publishing program starts anew: {error!r}")

    async def _publish(
        self, publisher: RecordPublisher, unsent: list[tuple[str | None, OutputRecord]]
    ) -> None:
        while unsent:
            event_id, record = unsent[0]
            delivery = await publisher.send(record)
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await asyncio.wait([delivery])
            finally:
                delivery.cancel()
            if delivery.cancelled():
                continue
            if (error := delivery.exception()) is not None:
                if not isinstance(error, KafkaError):
                    raise error
                continue
            unsent.pop(0)
            if event_id is not None:
                self._promises.events.add(event_id)

    def _records(self) -> list[tuple[str | None, OutputRecord]]:
        """One event, now and then twice; or garbage, which has no name."""
        topic = self._cluster.topics.events
        if self._chance.random() < _GARBAGE_SHARE:
            value, headers = self._chance.choice(GARBAGE)
            key = f"customer-{self._chance.randint(1, CUSTOMERS)}".encode()
            return [(None, OutputRecord(topic=topic, key=key, value=value, headers=headers))]
        feedback = self._feedback()
        try:
            event = event_of(feedback)
        except InvalidRecord:
            return []
        record = event_record(topic, event, datetime.now(UTC))
        times = 2 if self._chance.random() < _TWICE_SHARE else 1
        return [(feedback["event_id"], record)] * times


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
