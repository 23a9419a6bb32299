"""How long each event is worked on: a pure function of its number."""

import asyncio
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from stream_service.contracts.events import decode_event, event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from tests.support.judges import verdict_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The length of a run of work, by an event's number."""

    even_ms: float = 0.0
    """Drawn evenly from 0 up to this."""
    lognormal_mean_s: float = 0.0
    """Drawn from a lognormal distribution with this mean, where it is not 0."""
    lognormal_sigma: float = 0.5
    slow_number: int | None = None
    slow_s: float = 0.0
    """One event takes this long instead."""

    def seconds(self, number: int) -> float:
        """How long the event of that number takes."""
        if number == self.slow_number:
            return self.slow_s
        if self.lognormal_mean_s:
            mu = math.log(self.lognormal_mean_s) - self.lognormal_sigma**2 / 2
            return random.Random(number).lognormvariate(mu, self.lognormal_sigma)
        if self.even_ms:
            return random.Random(number).uniform(0, self.even_ms) / 1000
        return 0.0

    def of(self, records: int) -> "PreparedWork":
        """The same with the first ``records`` lengths drawn beforehand: a draw costs 5 µs."""
        return PreparedWork([self.seconds(number) for number in range(records)])


class PreparedWork:
    """Waits as long as an event's number says."""

    def __init__(self, seconds: list[float]) -> None:
        self._seconds = seconds

    async def __call__(self, event: FeedbackEvent) -> None:
        """Work on ``event``."""
        seconds = self._seconds[number_of(event.event_id or "")]
        if seconds:
            await asyncio.sleep(seconds)


def input_event(topics: Topics, number: int, keys: int) -> OutputRecord:
    """The event of that number, of one of ``keys`` customers in turn."""
    event = FeedbackEvent(
        event_id=f"e{number}", customer_id=f"c{number % keys}", text=f"text {number}"
    )
    return event_record(topics.events, event, datetime.now(UTC))


def number_of(event_id: str) -> int:
    """The number in an event's id."""
    return int(event_id.removeprefix("e"))


async def transform(topics: Topics, work: PreparedWork, record: InputRecord) -> OutputRecord:
    """What every contender does with a record: decode, work, encode."""
    event = decode_event(record)
    await work(event)
    source = Source(topic=record.topic, partition=record.partition, offset=record.offset)
    return verdict_record(topics, verdict_on(event, source, record.received_at), None)
