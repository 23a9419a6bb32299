"""Reviewers' decisions, as their programs publish them."""

from datetime import UTC, datetime
from typing import Any

import orjson

from stream_service.contracts.record import OutputRecord
from tests.support.cluster import Cluster


async def review_places(cluster: Cluster) -> dict[str, tuple[int, int]]:
    """Where each review stands, by event id."""
    return {
        orjson.loads(record.value or b"")["event_id"]: (record.partition, record.offset)
        for record in await cluster.read_committed(cluster.topics.reviews)
    }


def decision(
    cluster: Cluster,
    event_id: str,
    place: tuple[int, int],
    decision_id: str,
    *,
    kind: str = "accept",
    text: str | None = None,
    key: bytes | None = None,
    partition: int | None = None,
) -> OutputRecord:
    value: dict[str, Any] = {
        "decision_id": decision_id,
        "event_id": event_id,
        "review": {"partition": place[0], "offset": place[1]},
        "type": kind,
        "args": {} if text is None else {"text": text},
        "reviewer": "r1",
        "decided_at": datetime.now(UTC).isoformat(),
    }
    return OutputRecord(
        topic=cluster.topics.review_decisions,
        key=event_id.encode() if key is None else key,
        value=orjson.dumps(value),
        partition=partition,
    )
