"""``stream-service lag`` on a real broker, as a user runs it."""

import asyncio
import os
import pty
import re
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from stream_service.contracts.topics import Topics
from stream_service.streaming.client.closing import end_tasks
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.command_process import COMMAND, Ended, run_command, started
from tests.support.events import numbered
from tests.support.waiting import until


@pytest.fixture
async def group(cluster: Cluster) -> str:
    """A group that stands at offset 2 of 5, and has no member."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    name = f"{cluster.topics.prefix}watched"
    await cluster.commit_offset(name, 2, "")
    return name


_MOVED_OVER = 130


async def lag(cluster: Cluster, *arguments: str) -> Ended:
    return await run_command(cluster, "lag", "--observe", "0", *arguments)


async def test_a_table_by_group_topic_and_partition(cluster: Cluster, group: str) -> None:
    ended = await lag(cluster, "--group", group)
    assert ended.exit_code == 0, ended.stderr
    headline, *lines = ended.stdout.splitlines()
    assert headline.strip() == f"{group}  Empty, members: 0, lag: 3"
    [row] = [line.split() for line in lines if cluster.topics.events in line]
    told = " ".join(row)
    assert re.fullmatch(
        rf"{cluster.topics.events} 0 \? 3 [0-9.]+ s 3 \? 2 5 0 over 0.0 s ago", told
    ), told
    assert not ended.stderr


async def test_json_is_one_document_with_the_owner_of_each_partition(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    group = f"{cluster.topics.prefix}living"
    async with _member(cluster, group):
        ended = await lag(cluster, "--group", group, "--json")
    [told] = orjson.loads(ended.stdout)["groups"]
    assert (told["group"], told["state"], told["members"]) == (group, "Stable", 1)
    assert [one["partition"] for one in told["partitions"]] == [0, 1]
    for partition in told["partitions"]:
        assert partition["owner"]["client_id"] == "a-member"
        assert partition["owner"]["host"] == "127.0.0.1"
        assert partition["committed_offset"] is None
        assert partition["lag_messages"] is None, "unknown before a first commit"


async def test_a_pace_is_observed(cluster: Cluster, group: str) -> None:
    await cluster.publish(numbered(cluster, range(5, _MOVED_OVER)))
    async with started(cluster, "lag", "--group", group, "--observe", "4", "--json") as process:
        moving = asyncio.create_task(_commit_again_and_again(cluster, group))
        try:
            out, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            await end_tasks((moving,))
    [partition] = orjson.loads(out)["groups"][0]["partitions"]
    assert partition["status"] == "ok"
    assert partition["processed_per_second"] is not None
    assert partition["last_commit_age_seconds"] is not None


async def _commit_again_and_again(cluster: Cluster, group: str) -> None:
    """One record after the other, for longer than the command can take to start and to look."""
    for offset in range(3, _MOVED_OVER):
        await cluster.commit_offset(group, offset, "")
        await asyncio.sleep(0.5)


@pytest.mark.parametrize(
    ("thresholds", "exit_code", "said"),
    [
        (["1000", "1h"], 0, ""),
        (["3"], 0, ""),
        (["2"], 3, "over: {group} on {topic}: 3 messages, more than 2"),
        (["1000", "1ms"], 3, "over: {group} on {topic}-0: "),
    ],
)
async def test_scripts_learn_by_the_exit_code_whether_it_is_too_far_behind(
    cluster: Cluster, group: str, thresholds: list[str], exit_code: int, said: str
) -> None:
    flags = [word for threshold in thresholds for word in ("--fail-over", threshold)]
    ended = await lag(cluster, "--group", group, *flags)
    assert ended.exit_code == exit_code, ended.stderr
    assert said.format(group=group, topic=cluster.topics.events) in ended.stderr
    assert bool(ended.stderr) is bool(said)


async def test_unknown_lag_is_neither_over_nor_under(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    group = f"{cluster.topics.prefix}living"
    async with _member(cluster, group):
        ended = await lag(cluster, "--group", group, "--fail-over", "1000", "--json")
        ignoring = await lag(cluster, "--group", group, "--fail-over", "1000", "--ignore-unknown")
    assert ended.exit_code == 4
    reason = f"{group} on {cluster.topics.events}-0: no commit yet"
    assert f"unknown: {reason}" in ended.stderr
    document = orjson.loads(ended.stdout)
    assert (document["over"], document["unknown"]) == ([], [reason])
    assert ignoring.exit_code == 0, ignoring.stderr


async def test_a_misspelt_group_is_not_up_to_date(cluster: Cluster, group: str) -> None:
    shown = await lag(cluster, "--group", f"{group}x")
    assert shown.exit_code == 1
    assert f"no consumer group matches {group}x" in shown.stderr
    judged = ("--group", f"{group}x", "--fail-over", "1000")
    assert (await lag(cluster, *judged)).exit_code == 4
    assert (await lag(cluster, *judged, "--ignore-unknown")).exit_code == 4
    other_topic = await lag(cluster, "--group", group, "--topic", "other")
    assert other_topic.exit_code == 1
    assert "with topics other" in other_topic.stderr


async def test_groups_and_topics_are_chosen_by_patterns(cluster: Cluster, group: str) -> None:
    other = f"{cluster.topics.prefix}other"
    await cluster.commit_offset(other, 4, "")
    flags = ("--group", group, "--group", f"{cluster.topics.prefix}ot.*", "--json")
    both = orjson.loads((await lag(cluster, *flags)).stdout)
    assert [one["group"] for one in both["groups"]] == [other, group]
    topic = cluster.topics.events
    assert (await lag(cluster, *flags, "--topic", topic)).exit_code == 0
    assert (await lag(cluster, *flags, "--topic", topic[:-1])).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-over", "many"], "write messages as 1000, or an age as"),
        (["--group", "("], "lag.groups (STREAM_LAG__GROUPS): no regular expression"),
        (["--interval", "0"], "--interval"),
    ],
)
async def test_what_is_wrong_is_named(cluster: Cluster, arguments: list[str], said: str) -> None:
    ended = await run_command(cluster, "lag", *arguments)
    assert ended.exit_code == 2
    assert said in " ".join(ended.stderr.replace("│", " ").split())
    assert "Traceback" not in ended.stderr


async def test_without_a_broker_it_says_so() -> None:
    nobody = Cluster("127.0.0.1:9", Topics())
    ended = await run_command(nobody, "lag", "--fail-over", "1")
    assert ended.exit_code == 1
    assert "no Kafka broker answered at 127.0.0.1:9" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_watching_goes_on_until_it_is_interrupted(cluster: Cluster, group: str) -> None:
    async with started(
        cluster, "lag", "--group", group, "--watch", "--interval", "0.2", "--json"
    ) as process:
        assert process.stdout is not None
        assert await _next_lag(process.stdout) == 3
        await cluster.commit_offset(group, 4, "")

        async def has_moved() -> bool:
            assert process.stdout is not None
            return await _next_lag(process.stdout) == 1

        await until(has_moved, "the new lag")
        process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert not errors


async def test_watching_tells_that_nothing_matches(cluster: Cluster) -> None:
    async with started(
        cluster, "lag", "--group", "no-such-group", "--watch", "--interval", "0.2"
    ) as process:
        assert process.stderr is not None
        line = await asyncio.wait_for(process.stderr.readline(), 30)
    assert line.decode() == "no consumer group matches no-such-group yet\n"


async def _next_lag(stream: asyncio.StreamReader) -> int:
    document = orjson.loads(await asyncio.wait_for(stream.readline(), 30))
    return document["groups"][0]["partitions"][0]["lag_messages"]


async def test_watching_ends_once_it_is_too_far_behind(cluster: Cluster, group: str) -> None:
    async with started(
        cluster,
        *("lag", "--group", group, "--watch", "--interval", "0.2", "--fail-over", "3", "--json"),
    ) as process:
        assert process.stdout is not None
        assert await _next_lag(process.stdout) == 3
        await cluster.publish(numbered(cluster, range(5, 7)))
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 3
    assert b"5 messages, more than 3" in errors


async def test_on_a_terminal_it_is_drawn_anew(cluster: Cluster, group: str) -> None:
    ours, theirs = pty.openpty()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STREAM_")},
        "TERM": "xterm",
        "COLUMNS": "200",
        "LINES": "40",
    }
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("-b", cluster.bootstrap_servers, "lag", "--group", group),
        *("--watch", "--interval", "0.2"),
        stdin=theirs,
        stdout=theirs,
        env=environment,
    )
    os.close(theirs)
    drawn = bytearray()

    def draw() -> None:
        with suppress(OSError):
            # Once the other end is closed there is nothing to read any more.
            drawn.extend(os.read(ours, 65_536))

    asyncio.get_running_loop().add_reader(ours, draw)
    try:
        await until(lambda: b"lag: 3" in drawn, "the first drawing")
        await cluster.commit_offset(group, 4, "")
        await until(lambda: b"lag: 1" in drawn, "the next one")
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        asyncio.get_running_loop().remove_reader(ours)
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)


@asynccontextmanager
async def _member(cluster: Cluster, group: str) -> AsyncGenerator[Any]:
    """One that owns the events topic's partitions, and commits nothing."""
    consumer: Any = AIOKafkaConsumer(
        cluster.topics.events,
        bootstrap_servers=cluster.bootstrap_servers,
        client_id="a-member",
        group_id=group,
        enable_auto_commit=False,
    )
    async with client_started(consumer):
        await until(lambda: bool(consumer.assignment()), "its partitions")
        yield consumer
