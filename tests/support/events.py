"""Feedback for tests of the transport."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from tests.support.cluster import Cluster


def numbered(
    cluster: Cluster, numbers: Iterable[int], *, keys: int = 1, **fields: Any
) -> list[OutputRecord]:
    """Events e0, e1, … of so many customers in turn."""
    return [
        event_record(
            cluster.topics.events,
            FeedbackEvent(
                event_id=f"e{number}",
                customer_id=f"c{number % keys}",
                text=f"text {number}",
                **fields,
            ),
            datetime.now(UTC),
        )
        for number in numbers
    ]
