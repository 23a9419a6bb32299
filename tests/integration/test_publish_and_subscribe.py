"""``stream-service publish`` and ``subscribe``, as a user runs them."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream_service.commands.publish import publish_feedback
from stream_service.contracts.codec import encode
from stream_service.contracts.events import decode_event
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.settings import Settings
from stream_service.streaming.errors import MissingTopics
from stream_service.streaming.publisher import PublishingFailed, RecordPublisher
from stream_service.streaming.reader import read_records
from stream_service.streaming.topic_administration import TopicAdministration
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.command_process import COMMAND, ENDS_WITHIN_S, Ended, run_command, started
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, verdict_on
from tests.support.waiting import until


async def line_of(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    return (await asyncio.wait_for(stream.readline(), ENDS_WITHIN_S)).decode()


async def ended(process: asyncio.subprocess.Process) -> Ended:
    out, err = await asyncio.wait_for(process.communicate(), ENDS_WITHIN_S)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def published_events(cluster: Cluster) -> dict[str, FeedbackEvent]:
    """By text."""
    records = await cluster.read_committed(cluster.topics.events)
    events = [decode_event(record) for record in records]
    return {event.text: event for event in events}


def reply(cluster: Cluster, number: int, text: str = "reply") -> OutputRecord:
    event = FeedbackEvent(event_id=f"e{number}", text=text)
    source = Source(topic=cluster.topics.events, partition=0, offset=number)
    verdict = verdict_on(event, source, datetime.now(UTC))
    return OutputRecord(topic=cluster.topics.replies, key=b"k", value=encode(verdict))


# Publishing -------------------------------------------------------------------------------------


async def test_json_lines_are_published_and_bad_rows_named(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics(partitions=3)
    file = tmp_path / "feedback.jsonl"
    file.write_text(
        '{"event_id": "e1", "customer_id": "c1", "text": "one", "rating": 5}\n'
        '{"text": "two", "rating": 6}\n'
        '{"text": "three"}\n'
        "no json\n"
    )

    end = await run_command(cluster, "publish", "--file", str(file), "--customer-id", "c9")

    assert end == Ended(
        1,
        f"published 2 events to {cluster.topics.events} (2 refused)\n",
        "line 2: rating: Input should be less than or equal to 5\n"
        "line 4: the value is not JSON: Expecting value at character 0\n",
    )
    events = await published_events(cluster)
    assert set(events) == {"one", "three"}
    assert (events["one"].event_id, events["one"].customer_id) == ("e1", "c1")
    assert events["three"].customer_id == "c9"
    assert events["three"].event_id


async def test_csv_is_published(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    file = tmp_path / "feedback.csv"
    file.write_bytes(
        '\ufefftext,customer_id,rating,shop\n"one\nand two",c1,4,Köln\nthree,,,\n'.encode()
    )

    end = await run_command(cluster, "publish", "--file", str(file))

    assert end == Ended(0, f"published 2 events to {cluster.topics.events} (0 refused)\n", "")
    events = await published_events(cluster)
    assert set(events) == {"one\nand two", "three"}
    first = events["one\nand two"]
    assert (first.customer_id, first.rating, first.attributes) == ("c1", 4, {"shop": "Köln"})


async def test_a_csv_file_without_a_text_column_is_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics()
    file = tmp_path / "feedback.csv"
    file.write_text("message,rating\na,1\n")

    end = await run_command(cluster, "publish", "--file", str(file))

    assert end.exit_code == 1
    assert end.stdout == f"published 0 events to {cluster.topics.events} (1 refused)\n"
    assert end.stderr.startswith("line 1: the header has no column called text")


@pytest.mark.parametrize(
    ("stdin", "arguments", "texts"),
    [
        ("one\n\ntwo", ("-",), {"one", "two"}),
        ('text\n"one\ntwo"\n', ("--format", "csv"), {"one\ntwo"}),
        ('{"text": "one"}\n{"text": "two"}', (), {"one", "two"}),
    ],
)
async def test_standard_input_is_published(
    cluster: Cluster, stdin: str, arguments: tuple[str, ...], texts: set[str]
) -> None:
    await cluster.create_topics()

    end = await run_command(cluster, "publish", *arguments, stdin=stdin.encode())

    assert (end.exit_code, end.stderr) == (0, "")
    assert set(await published_events(cluster)) == texts


async def test_one_text_is_published_and_its_id_printed(cluster: Cluster) -> None:
    await cluster.create_topics()

    end = await run_command(
        cluster, "publish", "Where is my parcel?", "--customer-id", "c1", "--rating", "2"
    )

    [record] = await cluster.read_committed(cluster.topics.events)
    event = decode_event(record)
    assert end == Ended(0, f"{event.event_id}\n", "")
    assert (event.text, event.customer_id, event.rating) == ("Where is my parcel?", "c1", 2)
    assert record.key == b"c1"


async def test_a_row_that_the_broker_refuses_is_named_and_the_others_arrive(
    cluster: Cluster, tmp_path: Path
) -> None:
    await create_limited_events(cluster, partitions=2, size_bytes=20_000)
    too_large = {100, 101, 150}
    file = tmp_path / "feedback.jsonl"
    with file.open("w") as rows:
        for line in range(1, 301):
            size = 40_000 if line in too_large else 10
            row = {"event_id": f"e{line}", "customer_id": f"c{line % 7}", "text": "x" * size}
            rows.write(f"{json.dumps(row)}\n")

    end = await run_command(cluster, "publish", "--quiet", "--file", str(file))

    assert end == Ended(
        1,
        f"published 297 events to {cluster.topics.events} (0 refused, 3 not acknowledged)\n",
        "lines 100-101, 150: not acknowledged: MessageSizeTooLargeError\n",
    )
    lines_by_key: dict[bytes | None, list[int]] = {}
    for record in await cluster.read_committed(cluster.topics.events):
        event_id = decode_event(record).event_id or ""
        lines_by_key.setdefault(record.key, []).append(int(event_id[1:]))
    arrived = [line for lines in lines_by_key.values() for line in lines]
    assert sorted(arrived) == sorted({*range(1, 301)} - too_large)
    assert all(lines == sorted(lines) for lines in lines_by_key.values())


async def has_events(cluster: Cluster, count: int) -> bool:
    return len(await cluster.read_committed(cluster.topics.events)) >= count


async def create_limited_events(cluster: Cluster, *, partitions: int, size_bytes: int) -> None:
    """From its creation: a limit that is set later counts only some time after it was set."""
    name = cluster.topics.events
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(admin):
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs={"max.message.bytes": str(size_bytes)})]
        )
    async with TopicAdministration(cluster.connection) as administration:

        async def is_visible() -> bool:
            return not await administration.missing([name])

        await until(is_visible, name)


async def test_an_interrupted_publish_says_how_much_arrived(cluster: Cluster) -> None:
    await cluster.create_topics()

    async with started(cluster, "publish", stdin=asyncio.subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"one\ntwo\nhalf a li")
        await process.stdin.drain()
        await until(lambda: has_events(cluster, 2), "two events")
        process.send_signal(signal.SIGINT)
        end = await ended(process)

    assert end == Ended(
        130, f"published 2 events to {cluster.topics.events} (0 refused); interrupted\n", ""
    )
    assert set(await published_events(cluster)) == {"one", "two"}


async def test_missing_topics_are_told_with_what_creates_them(cluster: Cluster) -> None:
    end = await run_command(cluster, "publish", "any")

    assert end == Ended(
        1,
        "",
        f"error: missing topics: {cluster.topics.events}; "
        "create them with: stream-service topics create\n",
    )


@pytest.mark.parametrize("command", [("publish", "any"), ("subscribe", "replies")])
async def test_a_broker_that_cannot_be_reached_is_told_in_bounded_time(
    cluster: Cluster, command: tuple[str, ...]
) -> None:
    with unanswered_port() as port:
        nowhere = Cluster(f"127.0.0.1:{port}", cluster.topics)
        end = await run_command(nowhere, "--set", "kafka.start_timeout_s=1", *command)

    assert (end.exit_code, end.stdout) == (1, "")
    assert f"error: no Kafka broker answered at 127.0.0.1:{port} within 1 s" in end.stderr
    assert "Traceback" not in end.stderr


@contextmanager
def unanswered_port() -> Generator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_file_that_is_not_there_is_a_wrong_use(cluster: Cluster, tmp_path: Path) -> None:
    end = await run_command(cluster, "publish", "--file", str(tmp_path / "no.csv"))

    assert end.exit_code == 2
    # The message stands in a box, which breaks it somewhere.
    assert "No such file" in " ".join(end.stderr.replace("│", " ").split())
    assert "Traceback" not in end.stderr


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"text": "a", "file": Path("b.csv")}, "not both"),
        ({"text": "\u200b"}, "text: there is nothing in it"),
        ({"text": "a", "customer_id": "x" * 201}, "customer_id: "),
        ({"file": Path("b.csv"), "customer_id": ""}, "customer_id: "),
        ({"file": Path("b.csv"), "rating": 3}, "--rating is for one text"),
        ({"file": Path("feedback.dat")}, "give --format"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    wrong: dict[str, Any], problem: str
) -> None:
    with pytest.raises(typer.BadParameter, match=problem):
        publish(**wrong)


def test_nothing_given_on_a_terminal_is_a_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = os.openpty()
    try:
        with os.fdopen(terminal) as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            with pytest.raises(typer.BadParameter, match="nothing to publish"):
                publish()
    finally:
        os.close(controller)


def publish(**given: Any) -> int:
    defaults: dict[str, Any] = {
        "text": None,
        "file": None,
        "row_format": "auto",
        "customer_id": None,
        "rating": None,
        "quiet": True,
    }
    return publish_feedback(Settings(), **{**defaults, **given})


async def test_a_publisher_tells_a_record_that_was_refused(cluster: Cluster) -> None:
    await create_limited_events(cluster, partitions=1, size_bytes=4_000)
    topic = cluster.topics.events

    async with RecordPublisher(cluster.connection) as publisher:
        with pytest.raises(PublishingFailed, match="MessageSizeTooLarge"):
            await publisher.publish([OutputRecord(topic=topic, key=b"k", value=b"x" * 5_000)])
        await publisher.publish([OutputRecord(topic=topic, key=b"k", value=b"fits")])

    assert [r.value for r in await cluster.read_committed(topic)] == [b"fits"]


async def test_a_publisher_gives_up_when_the_broker_is_gone() -> None:
    async with AsyncExitStack() as broker:
        kafka = await broker.enter_async_context(EmbeddedKafka.start())
        cluster = Cluster(kafka.bootstrap_servers, Topics())
        await cluster.create_topics()
        record = OutputRecord(topic=cluster.topics.events, key=b"k", value=b"any")

        async with (
            asyncio.timeout(ENDS_WITHIN_S),
            RecordPublisher(cluster.connection, in_flight=2, delivery_timeout_s=1) as publisher,
        ):
            await publisher.publish([record])
            await broker.aclose()
            deliveries = [await publisher.send(record), await publisher.send(record)]
            with pytest.raises(PublishingFailed, match="acknowledged nothing for 1 s"):
                await publisher.send(record)
        assert all(delivery.cancelled() for delivery in deliveries)


# Subscribing ------------------------------------------------------------------------------------


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


# Reading ----------------------------------------------------------------------------------------


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
