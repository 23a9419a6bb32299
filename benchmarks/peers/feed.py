"""Publishes feedback, at once or at a steady rate, into a ledger."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.peers.judging import SLOW_CUSTOMER, SLOW_WORDS
from benchmarks.peers.ledger import Ledger, Sent
from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.topics import Topics

TEXTS = (
    "Lovely people at the front desk, and room {n} was spotless. Thank you!",
    "前台小姐姐特别热情，{n} 号房间也很干净，下次还来！",
    "How do I change the delivery address of order {n} that has not shipped yet?",
    "请问还没发货的订单 {n} 可以改收货地址吗？",
)
"""Such as are answered by themselves: a reply is keyed by its customer, a review is not, and order
by key shows among replies."""

FOLLOW_UP_S = 0.5
"""Well within the time that the first message takes: who works on both at once answers the second
first."""

TURN_S = 0.005
"""How evenly events are spread: within a turn those that are due go together."""

FIRST_NUMBER = 10_000
"""In texts: as long at the end as at the beginning."""


class Feed:
    """One contender's events, numbered from 0 on."""

    def __init__(self, producer: Any, topics: Topics, ledger: Ledger, *, keys: int) -> None:
        self._producer = producer
        self._topics = topics
        self._ledger = ledger
        self._keys = keys
        self._next = 0
        self._deliveries: list[tuple[Sent, Any]] = []

    def skip_to(self, number: int) -> None:
        """Go on from there: the same numbers have the same texts, and of the simulator the same
        latencies, for whomever they are published."""
        self._next = max(self._next, number)

    async def burst(self, count: int) -> range:
        """Publish so many at once; returns their numbers."""
        first = self._next
        for _ in range(count):
            await self._publish()
        await self._confirmed()
        return range(first, self._next)

    async def steady(
        self,
        rate_per_s: float,
        is_over: Callable[[float], bool],
        *,
        slow_every_s: float | None = None,
    ) -> range:
        """Publish at that rate until ``is_over`` of the seconds since; returns their numbers.

        ``slow_every_s``: each so many seconds the slow customer writes twice more, first what takes
        long and ``FOLLOW_UP_S`` later what does not.
        """
        first, began = self._next, time.perf_counter()
        regular = slow = follow_ups = 0
        while not is_over(passed := time.perf_counter() - began):
            while regular < passed * rate_per_s:
                await self._publish()
                regular += 1
            if slow_every_s is not None:
                if slow < passed / slow_every_s:
                    await self._publish(SLOW_CUSTOMER, SLOW_WORDS)
                    slow += 1
                if follow_ups < (passed - FOLLOW_UP_S) / slow_every_s:
                    await self._publish(SLOW_CUSTOMER)
                    follow_ups += 1
            await asyncio.sleep(TURN_S)
        await self._confirmed()
        return range(first, self._next)

    async def _publish(self, customer: str | None = None, beginning: str = "") -> None:
        number = self._next
        self._next += 1
        key = customer or f"c{number % self._keys}"
        text = beginning + TEXTS[number % len(TEXTS)].format(n=FIRST_NUMBER + number)
        record = event_record(
            self._topics.events,
            FeedbackEvent(event_id=f"e{number}", customer_id=key, text=text),
            datetime.now(UTC),
        )
        sent = self._ledger.sent[number] = Sent(key=key, at=time.perf_counter())
        delivery = await self._producer.send(
            record.topic, record.value, record.key, headers=list(record.headers)
        )
        self._deliveries.append((sent, delivery))

    async def _confirmed(self) -> None:
        for sent, delivery in self._deliveries:
            metadata = await delivery
            sent.place = (metadata.partition, metadata.offset)
        self._deliveries.clear()


def number_of(event_id: str) -> int:
    """The number in an event's id."""
    return int(event_id.removeprefix("e"))
