"""The events of a run, and what each does to its judge: a pure function of seed and number."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How events come and how long they take."""

    seed: int
    keys: int
    events_per_s: int
    poison_share: float
    flaky_share: float
    malformed_share: float
    slow_share: float
    slow_every: int
    """Each so-many-th event is very slow; 0: none."""
    very_slow_s: float

    def fate_of(self, number: int) -> "Fate":
        """What becomes of the event of that number."""
        chance = random.Random(f"{self.seed}/event/{number}")
        key = chance.randrange(self.keys)
        draw = chance.random()
        latency_s = chance.uniform(0, 0.02)
        if self.slow_every and number % self.slow_every == self.slow_every // 2:
            return Fate(key, self.very_slow_s)
        if draw < self.malformed_share:
            return Fate(key, 0, malformed=True)
        draw -= self.malformed_share
        if draw < self.poison_share:
            return Fate(key, latency_s, failures=None)
        draw -= self.poison_share
        if draw < self.flaky_share:
            return Fate(key, latency_s, failures=chance.randint(1, 2))
        draw -= self.flaky_share
        if draw < self.slow_share / 10:
            return Fate(key, chance.uniform(1, 3))
        if draw < self.slow_share:
            return Fate(key, 0.2)
        return Fate(key, latency_s)

    def record(self, topics: Topics, number: int) -> OutputRecord:
        """The event as it is published."""
        fate = self.fate_of(number)
        event = FeedbackEvent(
            event_id=event_id(number), customer_id=f"c{fate.key}", text=f"text {number}"
        )
        record = event_record(topics.events, event, datetime.now(UTC))
        if not fate.malformed:
            return record
        return OutputRecord(topic=record.topic, key=record.key, value=b"no event %d" % number)


@dataclass(frozen=True, slots=True)
class Fate:
    """What an event's judge does."""

    key: int
    latency_s: float
    failures: int | None = 0
    """How many attempts of one process raise; None: all of them."""
    malformed: bool = False

    @property
    def is_dead_letter(self) -> bool:
        """Whether its output is a dead letter, not a reply."""
        return self.malformed or self.failures is None


def event_id(number: int) -> str:
    """The name of the event of that number."""
    return f"e{number}"


def number_of(name: str) -> int:
    """The number of the event of that name."""
    return int(name.removeprefix("e"))
