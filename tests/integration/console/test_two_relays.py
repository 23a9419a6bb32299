"""Two consoles of one database, and what each of them finds to be published."""

import asyncio

import pytest

from stream_service.console.access.roles import LOCAL
from stream_service.console.decisions.deciding import decide
from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.store import Database
from stream_service.contracts.publish import verdict_record
from tests.support.cluster import Cluster
from tests.support.console import as_read, review_item
from tests.support.gateway import running_console
from tests.support.waiting import until

_ACTS = 60


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_each_act_is_published_by_one_of_two_consoles(
    cluster: Cluster, database_url: str
) -> None:
    """What had waited for Kafka was published by both: each decision had two results, and counted
    twice."""
    topics = cluster.topics
    items = [verdict_record(topics, review_item(number), None) for number in range(_ACTS)]
    database = await Database.open(database_url)
    try:
        rows, _ = rows_of(as_read(items), readers_of(topics))
        async with database.writing() as connection:
            await store(connection, rows)
        for number in range(_ACTS):
            await decide(
                database, topics.review_decisions, LOCAL, event_id=f"e{number}", kind="ignore"
            )
    finally:
        await database.close()
    await cluster.create_topics()

    async def published() -> list[bytes | None]:
        found = await cluster.read_committed(topics.review_decisions)
        return [record.key for record in found]

    async with (
        running_console(cluster, database_url, wait_for_kafka=False) as first,
        running_console(cluster, database_url, wait_for_kafka=False) as second,
    ):
        await asyncio.gather(
            *(one.services.publisher.wait_until_there() for one in (first, second))
        )
        first.services.relay.wake()
        second.services.relay.wake()

        async def are_there() -> bool:
            return len(set(await published())) == _ACTS

        await until(are_there, "all acts")
        # Whatever was under way has come to its end.
    assert sorted(await published(), key=str) == sorted(
        (f"e{number}".encode() for number in range(_ACTS)), key=str
    )
