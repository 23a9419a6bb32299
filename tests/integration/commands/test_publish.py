"""``stream-service publish``, as a user runs it, and the publisher behind it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream_service.commands.publish import publish_feedback
from stream_service.contracts.events import decode_event
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.settings import Settings
from stream_service.streaming.publishing.publisher import PublishingFailed, RecordPublisher
from stream_service.streaming.topic_administration import TopicAdministration
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.command_process import ENDS_WITHIN_S, Ended, ended, run_command, started
from tests.support.waiting import until


async def published_events(cluster: Cluster) -> dict[str, FeedbackEvent]:
    """By text."""
    records = await cluster.read_committed(cluster.topics.events)
    events = [decode_event(record) for record in records]
    return {event.text: event for event in events}


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
        ("text,rating\none,5\ntwo,1\n", (), {"one", "two"}),
    ],
)
async def test_standard_input_is_published(
    cluster: Cluster, stdin: str, arguments: tuple[str, ...], texts: set[str]
) -> None:
    await cluster.create_topics()

    end = await run_command(cluster, "publish", *arguments, stdin=stdin.encode())

    assert (end.exit_code, end.stderr) == (0, "")
    assert set(await published_events(cluster)) == texts


async def test_a_json_array_on_standard_input_is_not_taken_for_feedback(cluster: Cluster) -> None:
    await cluster.create_topics()

    end = await run_command(cluster, "publish", stdin=b'[{"text": "one"},\n {"text": "two"}]\n')

    assert end.exit_code == 1
    assert end.stdout == f"published 0 events to {cluster.topics.events} (1 refused)\n"
    assert "jq -c" in end.stderr
    assert await published_events(cluster) == {}


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
        process.stdin.write(b"one\n\ntwo\nhalf a li")
        await process.stdin.drain()
        await until(lambda: has_events(cluster, 2), "two events")
        process.send_signal(signal.SIGINT)
        end = await ended(process)

    assert end == Ended(
        130,
        f"published 2 events to {cluster.topics.events} (0 refused); "
        "interrupted: nothing behind the row in line 3 was sent\n",
        "",
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
