"""``python -m benchmarks.scaling.publisher``: events at random moments, from a process of its own.

So that neither its requests nor its CPU are taken for the worker's.
"""

import argparse
import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.topics import Topics

_TURN_S = 0.005


async def publish(given: argparse.Namespace) -> None:
    """Publish until killed; a share of them, with rating 1, goes to review."""
    topics, draw = Topics(given.prefix), random.Random(given.seed)
    producer: Any = AIOKafkaProducer(bootstrap_servers=given.servers, acks="all")
    await producer.start()
    loop, number = asyncio.get_running_loop(), 0
    due = loop.time()
    while True:
        while due <= loop.time():
            rating = 1 if draw.random() < given.review_share else 5
            # Every event has a customer of its own: what waits for a key is not measured here.
            event = FeedbackEvent(
                event_id=f"e{number}",
                customer_id=f"c{number}",
                text=f"text {number}",
                rating=rating,
            )
            record = event_record(topics.events, event, datetime.now(UTC))
            await producer.send(record.topic, record.value, record.key)
            number, due = number + 1, due + draw.expovariate(given.rate)
        await asyncio.sleep(_TURN_S)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("servers", "prefix"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--review-share", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(publish(_arguments()))
