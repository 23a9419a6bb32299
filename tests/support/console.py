"""The console's parts, run inside the test's own process, and records for them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.projection.projection import Listener, Projection
from stream_service.console.store import PROJECTED, Database
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.events import event_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import result_record, verdict_record
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.review import DecisionType, ReviewItem, ReviewPointer
from stream_service.contracts.review_result import DecisionOutcome, ReviewResult, ReviewState
from stream_service.contracts.topics import Topics
from tests.support.cluster import Cluster
from tests.support.endless_tasks import end
from tests.support.judges import verdict_on
from tests.support.waiting import until

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@asynccontextmanager
async def projecting(
    database: Database, cluster: Cluster, *, listeners: Sequence[Listener] = ()
) -> AsyncGenerator[Projection]:
    """Run a projection for the block."""
    projection = Projection(database, cluster.connection, cluster.topics, listeners=listeners)
    task = asyncio.create_task(projection.run())
    try:
        yield projection
    finally:
        await end(task)


async def caught_up(database: Database, cluster: Cluster) -> None:
    """Wait until all that is on the topics now is stored."""
    from stream_service.console.projection.batch import stored_positions
    from stream_service.streaming.partition import Partition

    ends: dict[Partition, int] = {}
    for record in await cluster.read_committed(*readers_of(cluster.topics)):
        place = Partition(record.topic, record.partition)
        ends[place] = max(ends.get(place, 0), record.offset + 1)

    async def stored() -> bool:
        async with database.reading() as connection:
            positions = await stored_positions(connection)
        return all(positions.get(place, 0) >= end for place, end in ends.items())

    await until(stored, "the projection")


async def content(database: Database) -> dict[str, list[Any]]:
    """All that is projected, by table."""
    async with database.reading() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in await connection.execute(select(table))), key=repr
            )
            for table in PROJECTED
        }


def event(number: int, **fields: Any) -> FeedbackEvent:
    return FeedbackEvent(event_id=f"e{number}", text=f"text {number}", **fields)


def review_item(number: int, **fields: Any) -> ReviewItem:
    verdict = verdict_on(event(number, rating=1), Source(topic="t", partition=0, offset=0), NOW)
    assert isinstance(verdict, ReviewItem)
    given = {"due_at": NOW + timedelta(minutes=number), "created_at": NOW, **fields}
    return verdict.model_copy(update=given)


def records_of_every_kind(topics: Topics) -> list[OutputRecord]:
    """e0 is replied to, e1 in review, e2 decided, e3 a dead letter, e4 only received."""
    place = Source(topic=topics.events, partition=0, offset=0)
    events = [event_record(topics.events, event(number), NOW) for number in range(5)]
    state = ReviewState(
        event_id="e2",
        decision_id="d2",
        type=DecisionType.IGNORE,
        review=ReviewPointer(partition=0, offset=1),
        reviewer="r1",
        decided_at=NOW,
    )
    results = [
        ReviewResult(event_id="e2", decision_id=name, outcome=outcome, applied=state)
        for name, outcome in (
            ("d2", DecisionOutcome.APPLIED),
            ("d2-late", DecisionOutcome.SUPERSEDED),
        )
    ]
    bad = InputRecord(
        topic=topics.events, partition=0, offset=3, timestamp_ms=0, key=b"k", value=events[3].value
    )
    letter = DeadLetter(
        topic=topics.events,
        partition=0,
        offset=3,
        timestamp_ms=0,
        fault=Fault.JUDGE_FAILED,
        error_class="RuntimeError",
        message="it failed",
        failed_at=NOW,
    )
    return [
        *events,
        verdict_record(topics, verdict_on(event(0), place, NOW), None),
        *(verdict_record(topics, review_item(number), None) for number in (1, 2)),
        *(result_record(topics, result, NOW, None) for result in results),
        dead_letter_record(topics.dead_letters, bad, letter, 1_000_000),
    ]


def as_read(records: Sequence[OutputRecord]) -> list[InputRecord]:
    """The records as they are read from topics of one partition each."""
    ends: dict[str, int] = {}
    read: list[InputRecord] = []
    for record in records:
        offset = ends.get(record.topic, 0)
        ends[record.topic] = offset + 1
        read.append(
            InputRecord(
                topic=record.topic,
                partition=0,
                offset=offset,
                timestamp_ms=round(NOW.timestamp() * 1000) + offset,
                key=record.key,
                value=record.value,
                headers=record.headers,
            )
        )
    return read
