"""The projection: exactly what is on the topics, whatever happens on the way."""

import asyncio
import itertools
import random
import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import select, text

from stream_service.console.projection import projection
from stream_service.console.projection.batch import (
    MovedByAnother,
    advance,
    rows_of,
    store,
    stored_positions,
)
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.projection.rebuilding import reset_projection
from stream_service.console.projection.retention import forget_old
from stream_service.console.queries.feedback import feedback_status
from stream_service.console.queries.reviews import decisions_on, review_by_event
from stream_service.console.store import Database, minute_totals
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.cluster import Cluster
from tests.support.console import (
    NOW,
    as_read,
    caught_up,
    content,
    projecting,
    records_of_every_kind,
)
from tests.support.unreadable_batches import WITH_AN_END, Publish, publish_with_lost_header
from tests.support.waiting import until

TOPICS = Topics()


async def test_topics_become_tables(database: Database, cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(cluster.topics))
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    await _each_event_is_told(database)


async def test_what_is_aborted_is_not_projected(database: Database, cluster: Cluster) -> None:
    await cluster.create_topics()
    records = records_of_every_kind(cluster.topics)
    await cluster.publish_in_transaction(records[5:6], abort=True)
    await cluster.publish_in_transaction(records[:1])
    async with projecting(database, cluster) as running:
        await caught_up(database, cluster)
        async with database.reading() as connection:
            found = await feedback_status(connection, "e0")
        await until(lambda: running.behind == 0, "nothing behind")
    assert found is not None
    assert found.status == "received"


@pytest.mark.parametrize("part", ["advance", "store"])
async def test_a_projection_that_is_cut_off_counts_nothing_twice(
    database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    await cluster.create_topics(partitions=3)
    await cluster.publish(records_of_every_kind(cluster.topics))
    do = getattr(projection, part)
    done = asyncio.Event()

    async def cut_off(*given: object) -> None:
        await do(*given)
        done.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(projection, part, cut_off)
        async with projecting(database, cluster):
            await asyncio.wait_for(done.wait(), 30)
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    assert await _total(database, "received") == 5
    assert await _total(database, "dead_letter") == 1


async def test_two_consoles_of_one_database_count_nothing_twice(
    database: Database, cluster: Cluster
) -> None:
    await cluster.create_topics(partitions=3)
    async with projecting(database, cluster), projecting(database, cluster):
        for _ in range(5):
            await cluster.publish(records_of_every_kind(cluster.topics))
        await caught_up(database, cluster)
    assert await _total(database, "received") == 25


async def test_a_rebuild_gives_the_same_tables(database: Database, cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(cluster.topics))
    async with projecting(database, cluster):
        await caught_up(database, cluster)
        before = await content(database)
        # While it runs, as an operator would.
        await reset_projection(database)
        await caught_up(database, cluster)
    assert await content(database) == before
    assert before["offsets"]


async def test_the_order_of_topics_does_not_matter(database: Database) -> None:
    records = as_read(records_of_every_kind(TOPICS))
    by_topic = [list(group) for _, group in itertools.groupby(records, lambda one: one.topic)]
    for seed in range(5):
        await reset_projection(database)
        random.Random(seed).shuffle(by_topic)
        for group in by_topic:
            await _store(database, group)
        await _each_event_is_told(database)


async def test_records_that_are_nothing_are_passed_over(
    database: Database, cluster: Cluster
) -> None:
    await cluster.create_topics()
    odd = [
        b"", b"no JSON", b"[]", b"{}", b'{"event_id":"a\\u0000b"}', b'{"text":"\\u0000 a"}',
        b"\xff", b'{"event_id":"' + b"x" * 5_000 + b'"}',
        b'{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
    ]  # fmt: skip
    topics = cluster.topics
    await cluster.publish(
        [
            OutputRecord(topic=topic, key=None, value=value)
            for topic in readers_of(topics)
            for value in odd
        ]
    )
    await cluster.publish(records_of_every_kind(topics))
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    async with database.reading() as connection:
        found = await feedback_status(connection, "e0")
    assert found is not None
    assert found.status == "replied"


async def _until_every_event_is_told(database: Database, running: projection.Projection) -> None:
    async def is_told() -> bool:
        return await _statuses(database) == _STATUSES

    await until(is_told, "every event")
    await until(lambda: running.behind == 0, "nothing behind")


@pytest.mark.parametrize("publish", WITH_AN_END)
async def test_a_batch_that_nobody_can_read_is_passed_over(
    database: Database, kafka: EmbeddedKafka, cluster: Cluster, publish: Publish
) -> None:
    """What stands before it and behind it, and in all other partitions, is stored."""
    await cluster.create_topics(partitions=2)
    records = [replace(record, partition=0) for record in records_of_every_kind(cluster.topics)]
    events = [record for record in records if record.topic == cluster.topics.events]
    await cluster.publish(events[:2])
    unreadable = await publish(kafka, cluster, 0)
    await cluster.publish(events[2:])
    await cluster.publish([record for record in records if record not in events])

    with structlog.testing.capture_logs() as logged:
        async with projecting(database, cluster) as running:
            await _until_every_event_is_told(database, running)
    [told] = [entry for entry in logged if entry["event"] == "batch_not_projected"]
    place, _, detail = told["detail"].partition(": ")
    assert place == f"{cluster.topics.events}/0"
    assert re.match(unreadable.told_at(2), detail), detail
    assert told["log_level"] == "error"
    assert [entry for entry in logged if entry["event"] == "projection_interrupted"] == []


async def test_what_the_broker_cannot_read_holds_up_no_other_topic(
    database: Database, kafka: EmbeddedKafka, cluster: Cluster
) -> None:
    await cluster.create_topics(partitions=1)
    records = records_of_every_kind(cluster.topics)
    events = [record for record in records if record.topic == cluster.topics.events]
    await cluster.publish(events)
    await publish_with_lost_header(kafka, cluster, 0)
    await cluster.publish([record for record in records if record not in events])
    with structlog.testing.capture_logs() as logged:
        async with projecting(database, cluster) as running:
            await _until_every_event_is_told(database, running)
    told = [entry["detail"] for entry in logged if entry["event"] == "batch_not_projected"]
    assert told[0].startswith(f"{cluster.topics.events}/0: the batch at offset {len(events)} ")
    assert [entry for entry in logged if entry["event"] == "projection_interrupted"] == []


async def test_a_record_that_no_column_holds_does_not_stop_the_others(
    database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(cluster.topics))

    async with projecting(database, cluster) as running:
        readers = dict(readers_of(cluster.topics))
        read_event = readers[cluster.topics.events]

        def spoil(record: InputRecord, rows: object) -> None:
            read_event(record, rows)  # pyright: ignore[reportArgumentType]
            if record.offset == 2:
                rows.events[-1]["document"] = None  # pyright: ignore

        monkeypatch.setattr(running, "_readers", readers | {cluster.topics.events: spoil})
        await caught_up(database, cluster)
    async with database.reading() as connection:
        assert (await feedback_status(connection, "e4")) is not None
        assert await stored_positions(connection)


@pytest.mark.parametrize("state", ["53100", "42501", "XX000"])
async def test_what_the_database_refuses_for_a_while_is_stored_afterwards(
    postgres: Any, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """A full disk made the console pass over review items for good: nobody saw them any more."""
    monkeypatch.setattr(projection, "_RETRY_S", (0.05, 0.05))
    database = await _database_of_its_own(postgres)
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(cluster.topics))
    refusing = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$",
        "CREATE TRIGGER refusing BEFORE INSERT ON reviews FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    try:
        async with database.writing() as connection:
            for statement in refusing:
                await connection.execute(text(statement))
        with structlog.testing.capture_logs() as told:
            async with projecting(database, cluster):

                def was_refused() -> bool:
                    names = {one["event"] for one in told}
                    return bool(names & {"projection_interrupted", "record_not_projected"})

                await until(was_refused, "a refusal")
                async with database.writing() as connection:
                    await connection.execute(text("DROP TRIGGER refusing ON reviews"))
                await caught_up(database, cluster)
        await _each_event_is_told(database)
    finally:
        await database.close()


async def _database_of_its_own(postgres: Any) -> Database:
    name = f"t{uuid4().hex[:12]}"
    postgres.psql(f"CREATE DATABASE {name};")
    return await Database.open(str(postgres.get_uri(database=name)))


async def test_a_place_that_another_moved_stores_nothing(database: Database) -> None:
    records = as_read(records_of_every_kind(TOPICS))
    await _store(database, records)
    with pytest.raises(MovedByAnother):
        await _store(database, records)
    assert await _total(database, "received") == 5


async def test_what_is_older_than_its_retention_goes(database: Database) -> None:
    await _store(database, as_read(records_of_every_kind(TOPICS)))
    now_ms = round(NOW.timestamp() * 1000)
    day_ms = 24 * 60 * 60 * 1000
    assert await forget_old(database, retention_days=90, now_ms=now_ms + 89 * day_ms) == 0
    await forget_old(database, retention_days=90, now_ms=now_ms + 91 * day_ms)
    left = await content(database)
    assert {name for name, rows in left.items() if rows} == {"offsets"}


async def _store(database: Database, records: list[InputRecord]) -> None:
    rows, unreadable = rows_of(records, readers_of(TOPICS))
    assert not unreadable
    first = {record.topic: record.offset for record in reversed(records)}
    async with database.writing() as connection:
        before = {
            place: first[place.topic]
            for place in await stored_positions(connection)
            if place.topic in first
        }
        await advance(connection, before, records)
        await store(connection, rows)


_STATUSES = {
    "e0": "replied",
    "e1": "in_review",
    "e2": "ignored",
    "e3": "dead_letter",
    "e4": "received",
    "e5": None,
}


async def _statuses(database: Database) -> dict[str, str | None]:
    async with database.reading() as connection:
        found = {name: await feedback_status(connection, name) for name in _STATUSES}
    return {name: one.status if one else None for name, one in found.items()}


async def _each_event_is_told(database: Database) -> None:
    assert await _statuses(database) == _STATUSES
    async with database.reading() as connection:
        waiting = await review_by_event(connection, "e1")
        decided = await review_by_event(connection, "e2")
        assert waiting is not None
        assert waiting.status == "open"
        assert decided is not None
        assert decided.status == "decided"
        assert await decisions_on(connection, "e1") == []


async def _total(database: Database, outcome: str) -> int:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(minute_totals.c.count).where(minute_totals.c.outcome == outcome)
        )
        return sum(count for (count,) in rows)
