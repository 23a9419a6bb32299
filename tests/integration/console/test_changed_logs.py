"""Topics that were made anew, and logs that were cut short, under what the console has stored."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from alembic import command
from sqlalchemy import Connection, insert, select, update

from stream_service.console.access.roles import LOCAL
from stream_service.console.decisions.deciding import decide
from stream_service.console.projection import changed_logs
from stream_service.console.projection.batch import advance, rows_of, store, stored_positions
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.projection.rebuilding import reset_projection
from stream_service.console.queries.dead_letters import (
    StoredDeadLetter,
    dead_letter_at,
    dead_letter_page,
    open_dead_letters,
    search_dead_letters,
)
from stream_service.console.queries.feedback import feedback_status
from stream_service.console.queries.reviews import ReviewFilter, review_by_event, review_page
from stream_service.console.repair.redriving import AlreadyRedriven, redrive
from stream_service.console.store import (
    Database,
    dead_letters,
    minute_totals,
    offsets,
    outbox,
    redrives,
)
from stream_service.console.store.engine import WRITES, new_engine
from stream_service.console.store.migrating import alembic_config
from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.review import ReviewDecision
from stream_service.contracts.topics import Topics
from stream_service.streaming.partition import Partition
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.console import (
    NOW,
    as_read,
    caught_up,
    projecting,
    records_of_every_kind,
    review_item,
)
from tests.support.events import numbered
from tests.support.waiting import until


def letter(topics: Topics, name: str) -> OutputRecord:
    """The dead letter of the event ``name``."""
    place: dict[str, Any] = {
        "topic": topics.events,
        "partition": 0,
        "offset": 0,
        "timestamp_ms": 0,
    }
    told = DeadLetter(
        **place,
        fault=Fault.JUDGE_FAILED,
        error_class="RuntimeError",
        message="it failed",
        failed_at=NOW,
    )
    value = f'{{"event_id":"{name}","text":"of {name}"}}'.encode()
    bad = InputRecord(**place, key=b"k", value=value)
    return dead_letter_record(topics.dead_letters, bad, told, 1_000_000)


async def test_letters_of_a_topic_that_was_made_anew_are_other_letters(
    database: Database, cluster: Cluster
) -> None:
    """One was dropped for that which had stood at its place, or passed for sent back as that."""
    topics = cluster.topics
    await _store(database, as_read([letter(topics, f"old{number}") for number in range(3)]), topics)
    await redrive(database, topics, LOCAL, (0, 0))
    await cluster.create_topics()
    await cluster.publish([letter(topics, "new")])
    async with projecting(database, cluster):
        await until(lambda: _is_at(database, topics.dead_letters, 1), "the new log's end")
    assert await _letters(database) == {0: ("new", "open")}
    assert await _total(database, "dead_letter") == 4
    async with database.reading() as connection:
        found = await search_dead_letters(connection, "old", fault=None, state=None, limit=9)
        [waiting] = await open_dead_letters(connection)
        new = await feedback_status(connection, "new")
    assert found.items == []
    assert waiting.count == 1
    assert new is not None
    assert new.status == "dead_letter"
    await redrive(database, topics, LOCAL, (0, 0))
    assert await _letters(database) == {0: ("new", "redriven")}
    with pytest.raises(AlreadyRedriven):
        await redrive(database, topics, LOCAL, (0, 0))


async def test_a_rebuild_takes_no_letter_for_another_that_was_sent_back(database: Database) -> None:
    topics = Topics()
    [first] = as_read([letter(topics, "e1")])
    await _store(database, [first], topics)
    await redrive(database, topics, LOCAL, (0, 0))
    await reset_projection(database)
    await _store(database, [first], topics)
    assert await _letters(database) == {0: ("e1", "redriven")}

    await reset_projection(database)
    _, another = as_read([letter(topics, "e1"), letter(topics, "e9")])
    await _store(database, [replace(another, offset=0)], topics)
    assert await _letters(database) == {0: ("e9", "open")}


async def test_a_review_of_a_topic_that_was_made_anew_can_be_decided(
    database: Database, cluster: Cluster
) -> None:
    """It kept its old place, where the engine found no review of it, for ever."""
    topics = cluster.topics
    await _store(database, as_read(records_of_every_kind(topics)), topics)
    await _set_position(database, Partition(topics.reviews, 0), 9)
    await cluster.create_topics()
    items = [review_item(number, due_at=NOW) for number in (7, 2, 1)]
    await cluster.publish([verdict_record(topics, item, None) for item in items])
    async with projecting(database, cluster):
        await until(lambda: _is_at(database, topics.reviews, 3), "the new log's end")
    async with database.reading() as connection:
        waiting = await review_by_event(connection, "e1")
        decided = await review_by_event(connection, "e2")
    assert waiting is not None
    assert (waiting.offset, waiting.status) == (2, "open")
    assert waiting.due_ms == round(NOW.timestamp() * 1000)
    assert waiting.published_ms > round(NOW.timestamp() * 1000) + 1_000
    assert b'"due_at":"2026-11-25T12:00:00' in waiting.document
    assert decided is not None
    assert (decided.offset, decided.status) == (1, "decided")
    await decide(database, "decisions", LOCAL, event_id="e1", kind="ignore")
    async with database.reading() as connection:
        value = await connection.scalar(select(outbox.c.value))
    assert decode(ReviewDecision, value).review.offset == 2


@pytest.mark.parametrize("new", [[], [7]], ids=["an empty one", "another item"])
async def test_reviews_that_are_not_in_a_topic_made_anew_leave_the_queue(
    database: Database, cluster: Cluster, new: list[int]
) -> None:
    """They stayed until a rebuild, and each decision on them was refused."""
    topics = cluster.topics
    await _store(database, as_read(records_of_every_kind(topics)), topics)
    await _set_position(database, Partition(topics.reviews, 0), 9)
    await decide(database, "decisions", LOCAL, event_id="e1", kind="ignore")
    await cluster.create_topics()
    items = [review_item(number) for number in new]
    await cluster.publish([verdict_record(topics, item, None) for item in items])

    async def has_gone() -> bool:
        async with database.reading() as connection:
            return await review_by_event(connection, "e1") is None

    async with projecting(database, cluster):
        await until(has_gone, "the end of the item")
        await until(lambda: _is_at(database, topics.reviews, len(new)), "the new log's end")
        # What comes then is told from what stood there.
        await cluster.publish([verdict_record(topics, review_item(8), None)])
        await until(lambda: _is_at(database, topics.reviews, len(new) + 1), "one more")
    async with database.reading() as connection:
        found = await review_page(connection, ReviewFilter(status=None), limit=9)
        status = await feedback_status(connection, "e1")
    assert {item.event_id: item.status for item in found.items} == {
        "e2": "decided",
        **{f"e{number}": "open" for number in (*new, 8)},
    }
    assert status is not None
    assert status.status == "received"


async def test_reviews_that_a_log_has_lost_leave_the_queue(
    database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changed_logs, "READ_AGAIN_OFFSETS", 2)
    topics = cluster.topics
    await cluster.create_topics()
    records = [verdict_record(topics, review_item(number), None) for number in range(6)]
    await cluster.publish(records[:4])
    await _delete_records_below(cluster, Partition(topics.reviews, 0), 1)
    # As a console has it that had read two more, before a leader lacked them.
    await _store(database, as_read(records), topics)
    async with projecting(database, cluster):
        await until(lambda: _is_at(database, topics.reviews, 4), "the log's end")
    async with database.reading() as connection:
        found = await review_page(connection, ReviewFilter(), limit=9)
    assert [item.event_id for item in found.items] == ["e0", "e1", "e2", "e3"]
    assert await _total(database, "review") == 8


async def test_of_a_log_that_was_cut_short_the_end_alone_is_read_again(
    database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read from its start, and all of it was counted twice."""
    monkeypatch.setattr(changed_logs, "READ_AGAIN_OFFSETS", 3)
    topic = cluster.topics.events
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    await cluster.delete_records_below(4)
    await _set_position(database, Partition(topic, 0), 12)
    heard: list[int] = []
    async with projecting(
        database, cluster, listeners=[lambda found: heard.extend(one.offset for one in found)]
    ):
        await until(lambda: _is_at(database, topic, 10), "the log's end")
        assert heard == [7, 8, 9]
        assert await _total(database, "received") == 10
        await cluster.publish(numbered(cluster, range(10, 13)))
        await until(lambda: _is_at(database, topic, 13), "what comes then")
    assert heard == [*range(7, 13)]
    assert await _total(database, "received") == 13


@pytest.mark.parametrize("begins_at", [0, 1])
async def test_what_stands_in_the_places_of_lost_letters_replaces_them(
    database: Database, cluster: Cluster, begins_at: int
) -> None:
    topics = cluster.topics
    place = Partition(topics.dead_letters, 0)
    await cluster.create_topics()
    await cluster.publish([letter(topics, f"kept{number}") for number in range(3)])
    async with projecting(database, cluster):
        await caught_up(database, cluster)
    await redrive(database, topics, LOCAL, (0, 2))
    # As a console has it that had read two more, before a leader lacked them.
    lost = as_read([letter(topics, f"lost{number}") for number in range(5)])[3:]
    await _store(database, lost, topics)
    await redrive(database, topics, LOCAL, (0, 3))
    await cluster.publish([letter(topics, "new")])
    await _delete_records_below(cluster, place, begins_at)
    async with projecting(database, cluster):
        await until(lambda: _is_at(database, topics.dead_letters, 4), "the log's end")
    kept = {number: (f"kept{number}", "open") for number in range(2)}
    assert await _letters(database) == {**kept, 2: ("kept2", "redriven"), 3: ("new", "open")}
    assert await _total(database, "dead_letter") == 6


async def test_nothing_of_any_kind_is_counted_twice_where_all_is_read_again(
    database: Database, cluster: Cluster
) -> None:
    topics = cluster.topics
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(topics))
    async with projecting(database, cluster):
        await caught_up(database, cluster)
        before = await _totals(database)
    for topic in readers_of(topics):
        await _set_position(database, Partition(topic, 0), 100)
    async with projecting(database, cluster):
        await caught_up(database, cluster)

        async def are_back() -> bool:
            async with database.reading() as connection:
                return max((await stored_positions(connection)).values()) <= 5

        await until(are_back, "every topic")
    assert await _totals(database) == before
    assert sum(before.values()) == 11


async def test_redrives_from_before_know_their_letters_after_the_migration(
    database_url: str,
) -> None:
    topics = Topics()
    engine = new_engine(database_url)
    read = as_read([letter(topics, f"e{number}") for number in range(3)])
    rows, _ = rows_of(read, readers_of(topics))

    def before(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")

    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(before)
        await connection.execute(insert(dead_letters), rows.dead_letters[:1])
        given = {"fault": "judge_failed", "principal": "p", "edited": False, "redriven_ms": 1}
        places = [{"partition": 0, "offset": one, "act_id": f"a{one}"} for one in (0, 1)]
        await connection.execute(insert(redrives), [one | given for one in places])
    await engine.dispose()
    database = await Database.open(database_url)
    try:
        async with database.reading() as connection:
            known = await connection.execute(
                select(redrives.c.offset, redrives.c.published_ms).order_by(redrives.c.offset)
            )
            assert [tuple(row) for row in known] == [(0, read[0].timestamp_ms), (1, None)]
        # The one whose letter was away for a rebuild still keeps it from being sent back twice.
        await _store(database, read, topics)
        assert await _letters(database) == {
            0: ("e0", "redriven"),
            1: ("e1", "redriven"),
            2: ("e2", "open"),
        }
        async with database.writing() as connection:
            await changed_logs.go_back(
                connection,
                Partition(topics.dead_letters, 0),
                3,
                (0, 0),
                topics,
            )
            left = await connection.scalars(select(redrives.c.published_ms))
            assert set(left) == {one.timestamp_ms for one in read[:2]}
    finally:
        await database.close()


async def _store(database: Database, records: Sequence[InputRecord], topics: Topics) -> None:
    rows, unreadable = rows_of(records, readers_of(topics))
    assert not unreadable
    async with database.writing() as connection:
        await advance(connection, await stored_positions(connection), records)
        await store(connection, rows)


async def _set_position(database: Database, place: Partition, offset: int) -> None:
    """As it is where more was read than the log holds now."""
    async with database.writing() as connection:
        await connection.execute(
            update(offsets)
            .where(offsets.c.topic == place.topic, offsets.c.partition == place.number)
            .values(next_offset=offset)
        )


async def _is_at(database: Database, topic: str, offset: int) -> bool:
    async with database.reading() as connection:
        return (await stored_positions(connection)).get(Partition(topic, 0)) == offset


async def _letters(database: Database) -> dict[int, tuple[str | None, str]]:
    """Event and state of each, by offset."""
    async with database.reading() as connection:
        by_state = {
            state: (await dead_letter_page(connection, fault=None, state=state, limit=50)).items
            for state in ("open", "redriven")
        }
        found = {
            one.offset: (one.event_id, state) for state, each in by_state.items() for one in each
        }
        for offset, (_, state) in found.items():
            alone = await dead_letter_at(connection, 0, offset)
            assert isinstance(alone, StoredDeadLetter)
            assert (alone.redriven_ms is None) == (state == "open")
    return found


async def _totals(database: Database) -> dict[str, int]:
    found: dict[str, int] = {}
    async with database.reading() as connection:
        for outcome, count in await connection.execute(
            select(minute_totals.c.outcome, minute_totals.c.count)
        ):
            found[outcome] = found.get(outcome, 0) + count
    return found


async def _total(database: Database, outcome: str) -> int:
    return (await _totals(database)).get(outcome, 0)


async def _delete_records_below(cluster: Cluster, place: Partition, offset: int) -> None:
    """Move the start of a log, as retention does."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(admin):
        await admin.delete_records(
            {TopicPartition(place.topic, place.number): RecordsToDelete(before_offset=offset)}
        )
