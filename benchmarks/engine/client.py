"""A publisher and subscriber of its own process, which measures how long replies take.

``python -m benchmarks.engine.client <task as JSON>``: publishes events at a steady rate, reads the
committed replies, and prints the latencies as one JSON line.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, cast

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.engine.work import Work, input_event, number_of
from stream_service.contracts.topics import Topics

_TURN_S = 0.002
"""How evenly events are spread: within a turn those that are due go together."""

_ANSWER_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is published, how fast, and which of it counts."""

    bootstrap_servers: str
    topic_prefix: str
    partitions: int
    rate_per_s: float
    events: int
    keys: int
    work: Work
    counted_from: int
    """The first number that counts: those before it find clients that are still connecting."""

    def to_json(self) -> str:
        """As the process takes it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """The same task again."""
        fields = cast(dict[str, Any], json.loads(text))
        return cls(work=Work(**fields.pop("work")), **fields)


async def measure(task: Task) -> list[float]:
    """Seconds from handing an event to the producer to having its committed reply in hand.

    Less the event's own work; without the slow event, and what comes after it of its key.
    """
    topics = Topics(task.topic_prefix)
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=task.bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap_servers, acks="all", enable_idempotence=True
    )
    await consumer.start()
    await producer.start()
    sent: dict[int, float] = {}
    read: dict[int, float] = {}
    try:
        places = [TopicPartition(topics.replies, number) for number in range(task.partitions)]
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        for place in places:
            await consumer.position(place)
        reading = asyncio.create_task(_read(consumer, read, task.events))
        await _publish(producer, topics, task, sent)
        await asyncio.wait_for(reading, _ANSWER_TIMEOUT_S + task.work.slow_s)
    finally:
        with suppress(Exception):
            await producer.stop()
        with suppress(Exception):
            await consumer.stop()
    slow = task.work.slow_number
    return [
        read[number] - sent[number] - task.work.seconds(number)
        for number in range(task.counted_from, task.events)
        if slow is None or number % task.keys != slow % task.keys
    ]


async def _publish(producer: Any, topics: Topics, task: Task, sent: dict[int, float]) -> None:
    began = time.perf_counter()
    number = 0
    while number < task.events:
        due = (time.perf_counter() - began) * task.rate_per_s
        while number < min(due, task.events):
            event = input_event(topics, number, task.keys)
            sent[number] = time.perf_counter()
            await producer.send(event.topic, event.value, event.key, headers=list(event.headers))
            number += 1
        await asyncio.sleep(_TURN_S)


async def _read(consumer: Any, read: dict[int, float], count: int) -> None:
    while len(read) < count:
        fetched = await consumer.getmany(timeout_ms=1_000)
        now = time.perf_counter()
        for records in fetched.values():
            for record in records:
                read[number_of(orjson.loads(record.value)["event_id"])] = now


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measure(Task.from_json(sys.argv[1])))))
