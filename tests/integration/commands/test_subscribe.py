"""``stream-service subscribe``, as a user runs it, and the reader behind it."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from stream_service.contracts.codec import encode
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.streaming.errors import MissingTopics
from stream_service.streaming.reading import reading_client
from stream_service.streaming.reading.reader import read_records
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.command_process import COMMAND, ENDS_WITHIN_S, Ended, ended, run_command, started
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, verdict_on


async def line_of(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    return (await asyncio.wait_for(stream.readline(), ENDS_WITHIN_S)).decode()


def reply(cluster: Cluster, number: int, text: str = "reply") -> OutputRecord:
    event = FeedbackEvent(event_id=f"e{number}", text=text)
    source = Source(topic=cluster.topics.events, partition=0, offset=number)
    verdict = verdict_on(event, source, datetime.now(UTC))
    return OutputRecord(topic=cluster.topics.replies, key=b"k", value=encode(verdict))


async def test_outcomes_of_the_service_are_shown(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish(
            [*numbered(cluster, range(3), keys=2), *numbered(cluster, [3], rating=1)]
        )
        await cluster.publish_values(b"no json")
        await outcomes_reach(recorder, 5)

    replies, reviews, dead = await asyncio.gather(
        run_command(cluster, "subscribe", "replies", "--json", "--no-follow"),
        run_command(cluster, "subscribe", "reviews", "--no-follow"),
        run_command(cluster, "subscribe", "dead-letters", "--no-follow"),
    )

    documents = [json.loads(line) for line in replies.stdout.splitlines()]
    assert (replies.exit_code, replies.stderr) == (0, "")
    assert {d["value"]["event_id"] for d in documents} == {"e0", "e1", "e2"}
    assert {d["topic"] for d in documents} == {cluster.topics.replies}
    assert {d["key"] for d in documents} == {"c0", "c1"}
    assert {h["name"] for h in documents[0]["headers"]} >= {"ce_id", "ce_type", "content-type"}
    assert (reviews.exit_code, reviews.stderr) == (0, "")
    assert "review  c0 / e3  complaint  anger" in reviews.stdout
    assert "draft  text 3" in reviews.stdout
    assert (dead.exit_code, dead.stderr) == (0, "")
    assert f"dead letter  {cluster.topics.events}/" in dead.stdout
    assert "value  no json" in dead.stdout


async def test_following_shows_what_comes_and_ends_by_a_signal(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    await cluster.publish([reply(cluster, 0)])

    async with started(cluster, "subscribe", "replies", "--json") as process:
        assert await line_of(process.stderr) == (
            f"following {cluster.topics.replies}; Ctrl-C ends it\n"
        )
        await cluster.publish([reply(cluster, 1)])
        first = json.loads(await line_of(process.stdout))
        process.send_signal(signal.SIGTERM)
        end = await ended(process)

    assert first["value"]["event_id"] == "e1"
    assert end == Ended(0, "", "")


async def test_a_limit_ends_it(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish([reply(cluster, number) for number in range(5)])

    end = await run_command(
        cluster, "subscribe", "replies", "--json", "--from-beginning", "--limit", "2"
    )

    shown = [json.loads(line)["value"]["event_id"] for line in end.stdout.splitlines()]
    assert shown == ["e0", "e1"]
    assert end.exit_code == 0


async def test_a_reader_that_goes_away_ends_it_quietly(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish([reply(cluster, number, "x" * 5_000) for number in range(100)])

    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("-b", cluster.bootstrap_servers, "--topic-prefix", cluster.topics.prefix),
        *("subscribe", "replies", "--json", "--no-follow"),
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    assert await asyncio.to_thread(os.read, reading, 1) == b"{"
    os.close(reading)
    end = await asyncio.wait_for(process.communicate(), ENDS_WITHIN_S)

    assert process.returncode == 1
    assert end == (None, b"")


async def test_a_signal_ends_it_while_nobody_reads(cluster: Cluster) -> None:
    """A write to a full pipe would hold the process up for ever."""
    await cluster.create_topics()
    await cluster.publish_values(b'"%s"' % (b"x" * 200_000), topic=cluster.topics.replies)

    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("-b", cluster.bootstrap_servers, "--topic-prefix", cluster.topics.prefix),
        *("subscribe", "replies", "--json", "--no-follow"),
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    try:
        assert await asyncio.to_thread(os.read, reading, 1) == b"{"
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), ENDS_WITHIN_S)
    finally:
        os.close(reading)

    assert process.returncode == 130


async def test_a_record_of_any_kind_is_shown(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish_values(b"\xff\xfe", None, b"[]", topic=cluster.topics.replies)

    human = await run_command(cluster, "subscribe", "replies", "--no-follow")

    assert (human.exit_code, human.stderr) == (0, "")
    assert human.stdout.count("unreadable") == 3
    assert "value  \\xff\\xfe" in human.stdout


async def test_only_committed_records_are_read_up_to_the_end(cluster: Cluster) -> None:
    await cluster.create_topics()
    topic = cluster.topics.replies
    await cluster.publish_values(b"plain", topic=topic)
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers,
        transactional_id=f"{cluster.topics.prefix}reading",
    )
    async with client_started(producer):
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted")
        await producer.abort_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"committed")
        await producer.commit_transaction()

    async with read_records(
        cluster.connection, [topic, cluster.topics.reviews], from_beginning=True, follow=False
    ) as records:
        await cluster.publish_values(b"too late", topic=topic)
        values = await asyncio.wait_for(values_of(records), 30)

    assert values == [b"plain", b"committed"]


async def values_of(records: AsyncIterator[InputRecord]) -> list[bytes | None]:
    return [record.value async for record in records]


async def test_the_end_may_lie_in_a_transaction_that_is_still_open(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    topic = cluster.topics.replies
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers,
        transactional_id=f"{cluster.topics.prefix}reading",
    )
    async with client_started(producer):
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"in transaction", partition=0)
        async with read_records(
            cluster.connection, [topic], from_beginning=True, follow=False
        ) as records:
            reading = asyncio.create_task(values_of(records))
            # Read while the other partition waits, and no part of what was there.
            plain: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
            async with client_started(plain):
                await plain.send_and_wait(topic, b"too late", partition=1)
            assert not reading.done()
            await producer.commit_transaction()
            values = await asyncio.wait_for(reading, 30)

    assert values == [b"in transaction"]


async def test_what_is_committed_after_the_start_is_read(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=3)
    await cluster.publish([reply(cluster, 0)])

    async with read_records(
        cluster.connection, [cluster.topics.replies], from_beginning=False, follow=True
    ) as records:
        late = OutputRecord(topic=cluster.topics.replies, key=b"other", value=b"late")
        await cluster.publish([late])
        record = await asyncio.wait_for(anext(records), 30)

    assert (record.topic, record.key, record.value) == (late.topic, late.key, late.value)


async def test_partitions_that_are_added_are_read_too(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_client, "METADATA_MAX_AGE_S", 0.5)
    await cluster.create_topics()
    before, after = numbered(cluster, range(10), keys=10), numbered(cluster, range(10, 40), keys=30)
    seen: list[InputRecord] = []

    async with read_records(
        cluster.connection, [cluster.topics.events], from_beginning=False, follow=True
    ) as records:

        async def see(count: int) -> None:
            async with asyncio.timeout(30):
                while len(seen) < count:
                    seen.append(await anext(records))

        await cluster.publish(before)
        await see(5)
        await cluster.add_partitions(3)
        places = await cluster.publish(after)
        assert {partition for partition, _ in places} == {0, 1, 2}
        await see(40)

    assert sorted(record.value or b"" for record in seen) == sorted(
        record.value or b"" for record in (*before, *after)
    )


async def test_reading_refuses_topics_that_are_missing(cluster: Cluster) -> None:
    await cluster.create_topics()

    with pytest.raises(MissingTopics, match="no-such-topic"):
        async with read_records(
            cluster.connection,
            [cluster.topics.replies, "no-such-topic"],
            from_beginning=True,
            follow=True,
        ):
            pass
