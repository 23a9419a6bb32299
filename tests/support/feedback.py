"""Feedback in both languages, published and looked for as a user would."""

from datetime import UTC, datetime

import orjson

from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from tests.support.cluster import Cluster

TEXTS = (
    "The parcel came late and the box was broken.",
    "Thank you, wonderful service!",
    "How do I change my address?",
    "物流太慢了，包装也坏了。",
    "服务很好，非常满意！",
    "请问怎么申请发票？",
)


async def publish_events(cluster: Cluster, count: int) -> list[str]:
    """Publish so many events of eleven customers; returns their ids."""
    records = [
        event_record(
            cluster.topics.events,
            FeedbackEvent(
                event_id=f"e{number}",
                customer_id=f"c{number % 11}",
                text=TEXTS[number % len(TEXTS)],
            ),
            datetime.now(UTC),
        )
        for number in range(count)
    ]
    await cluster.publish(records)
    return [f"e{number}" for number in range(count)]


async def output_event_ids(cluster: Cluster) -> list[str]:
    """The ids of all events that were replied to or sent to a person."""
    records = await cluster.read_committed(cluster.topics.replies, cluster.topics.reviews)
    return [orjson.loads(record.value or b"")["event_id"] for record in records]
