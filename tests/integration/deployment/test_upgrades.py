"""Two versions beside each other, one after the other, and back again."""

import asyncio
import signal
import sqlite3
import subprocess
import tomllib
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store import Database
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.faults import Fault
from stream_service.contracts.record import Headers, OutputRecord
from stream_service.contracts.review import DECISION_TYPE, REVIEW_TYPE
from stream_service.contracts.review_result import STATE_TYPE
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.offsets.offset_map import encode_offset_map
from tests.support.cluster import Cluster
from tests.support.command_process import run_command
from tests.support.decisions import decision, review_places
from tests.support.endless_tasks import end
from tests.support.engine import Recorder, group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until
from tests.support.worker_process import SHORT_SESSION, worker

EVENTS_AT_ONCE, PAUSE_S = 2, 0.1
"""Twenty a second, for as long as the restarts take: what two busy cores judge beside them."""

OLD = (SHORT_SESSION, "local.encoder=universal")


def _new(folder: Path) -> tuple[str, ...]:
    """Another playbook, another analysis of texts, another pace of commits."""
    playbook = files("stream_service.playbook").joinpath("default.toml").read_text("utf-8")
    version = tomllib.loads(playbook)["version"]
    path = folder / "playbook.toml"
    path.write_text(playbook.replace(f'version = "{version}"', 'version = "next"', 1), "utf-8")
    return (*OLD, f"playbook.path={path}", "consumer.commit_interval_s=0.02", "lag.interval_s=5")


@asynccontextmanager
async def publishing(cluster: Cluster) -> AsyncGenerator[list[str]]:
    """Publish without a pause for the block; yields the ids of what was acknowledged."""
    published: list[str] = []

    async def publish() -> None:
        while True:
            first = len(published)
            numbers = range(first, first + EVENTS_AT_ONCE)
            await cluster.publish(numbered(cluster, numbers, keys=7))
            published.extend(f"e{number}" for number in numbers)
            await asyncio.sleep(PAUSE_S)

    task = asyncio.create_task(publish())
    try:
        yield published
    finally:
        await end(task)


async def outputs(cluster: Cluster) -> list[dict[str, Any]]:
    topics = cluster.topics
    records = await cluster.read_committed(topics.replies, topics.reviews)
    return [orjson.loads(record.value or b"") for record in records]


async def _works(log: Path) -> None:
    """Wait until the worker that writes ``log`` has partitions."""
    await until(lambda: b"session_started" in log.read_bytes(), f"{log.name}", timeout_s=90)


async def _leave(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    await until(lambda: worker.poll() is not None, "a drained end", timeout_s=45)
    assert worker.returncode == 0


@pytest.mark.timeout(300)
async def test_a_rolling_restart_and_a_roll_back_lose_and_double_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Two workers of the old version, two of the new one beside them, and one of the old again."""
    await cluster.create_topics(partitions=4)
    new = _new(tmp_path)
    logs = [tmp_path / f"log-{number}" for number in range(5)]
    for log in logs:
        log.touch()
    async with publishing(cluster) as published:
        with (
            worker(cluster, *OLD, log=logs[0]) as first,
            worker(cluster, *OLD, log=logs[1]) as second,
        ):
            await _works(logs[0])
            await _works(logs[1])
            with (
                worker(cluster, *new, log=logs[2]) as third,
                worker(cluster, *new, log=logs[3]) as fourth,
            ):
                await _works(logs[2])
                await _leave(first)
                await _works(logs[3])
                await _leave(second)
                with worker(cluster, *OLD, log=logs[4]):
                    await _works(logs[4])
                    await _leave(third)
                    await _leave(fourth)
                    wanted = set(published)

                    async def all_there() -> bool:
                        there = {one["event_id"] for one in await outputs(cluster)}
                        return there >= wanted

                    await until(all_there, "all outcomes", timeout_s=90)
    found = await outputs(cluster)
    times = Counter(one["event_id"] for one in found)
    assert set(times.values()) == {1}
    assert set(times) >= wanted
    assert await cluster.read_committed(cluster.topics.dead_letters) == []
    versions = {one["provenance"]["playbook_version"] for one in found}
    assert len(versions) == 2
    assert "next" in versions


async def test_the_commit_of_a_newer_version_is_refused_until_nothing_is_ahead(
    cluster: Cluster,
) -> None:
    """Read as nothing it would have records published twice that the newer version has done."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(4)))
    _, _, body = encode_offset_map(1, ((2, 3),)).partition(":")
    await cluster.commit_offset(group_of(cluster), 1, f"2:{body}")
    async with _refused(cluster) as recorder:
        await until(lambda: bool(recorder.failures), "a refusal")
        _, reason, detail = recorder.failures[0]
        assert reason is FailureReason.NEWER_COMMIT
        assert "offset map of version 2; this service reads version 1" in detail
    assert await cluster.read_committed(cluster.topics.replies) == []
    # The newer version has run again until nothing was in flight.
    await cluster.commit_offset(group_of(cluster), 3, "")
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 1)
    replies = await cluster.read_committed(cluster.topics.replies)
    assert [orjson.loads(one.value or b"")["event_id"] for one in replies] == ["e3"]


@asynccontextmanager
async def _refused(cluster: Cluster) -> AsyncGenerator[Recorder]:
    """Run a consumer of which the events' session cannot start."""
    recorder = Recorder()
    # Decisions have a session of their own, which starts.
    async with running(cluster, EchoJudge(), recorder=recorder):
        yield recorder


def _typed(record: OutputRecord, type_: str) -> OutputRecord:
    kept: Headers = tuple((name, value) for name, value in record.headers if name != "ce_type")
    return replace(record, headers=(*kept, ("ce_type", type_.encode())))


def _next_major(type_: str) -> str:
    family, _, major = type_.rpartition(".v")
    return f"{family}.v{int(major) + 1}"


async def test_events_of_other_versions(cluster: Cluster) -> None:
    """An older minor lacks fields, a newer one has more; a newer major is a dead letter."""
    await cluster.create_topics()
    (plain,) = numbered(cluster, [0])
    value = orjson.loads(plain.value or b"")
    older = replace(plain, value=orjson.dumps({"text": "an old text"}))
    newer = replace(
        plain,
        value=orjson.dumps({**value, "event_id": "newer", "mood": {"of": ["a", "later", 3]}}),
    )
    newest = _typed(plain, _next_major("stream-service.feedback.event.v1"))
    await cluster.publish([older, newer, newest])
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 3)
    replies = await cluster.read_committed(cluster.topics.replies)
    texts = [orjson.loads(one.value or b"")["text"] for one in replies]
    assert texts == ["an old text", "text 0"]
    (letter,) = await cluster.read_committed(cluster.topics.dead_letters)
    told = read_dead_letter(letter)
    assert told.fault is Fault.UNSUPPORTED_VERSION
    assert "this service reads stream-service.feedback.event.v1 only" in told.message
    assert letter.value == newest.value


async def test_reviews_and_decisions_of_a_newer_major_are_dead_letters(cluster: Cluster) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish(numbered(cluster, range(2), keys=2, rating=1))
        await outcomes_reach(recorder, 2)
        places = await review_places(cluster)
        (review,) = [
            record
            for record in await cluster.read_committed(cluster.topics.reviews)
            if record.offset == places["e1"][1]
        ]
        newer = OutputRecord(
            topic=review.topic, key=review.key, value=review.value, headers=review.headers
        )
        (place,) = await cluster.publish([_typed(newer, _next_major(REVIEW_TYPE))])
        of_newer_decision = decision(cluster, "e0", places["e0"], "d0")
        await cluster.publish(
            [
                _typed(of_newer_decision, _next_major(DECISION_TYPE)),
                decision(cluster, "e1", place, "d1"),
            ]
        )
        await outcomes_reach(recorder, 4)
    letters = await cluster.read_committed(cluster.topics.dead_letters)
    told = [read_dead_letter(letter) for letter in letters]
    assert {one.fault for one in told} == {Fault.UNSUPPORTED_VERSION}
    assert {DECISION_TYPE in one.message or REVIEW_TYPE in one.message for one in told} == {True}
    assert await cluster.read_committed(cluster.topics.replies) == []


async def test_what_a_newer_version_decided_is_not_decided_again(cluster: Cluster) -> None:
    """After a roll-back: the newer version's record of it cannot be read, and still counts."""
    await cluster.create_topics()
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish(numbered(cluster, range(1), rating=1))
        await outcomes_reach(recorder, 1)
    place = (await review_places(cluster))["e0"]
    state = OutputRecord(
        topic=cluster.topics.review_state, key=b"e0", value=b'{"kind": "of later times"}'
    )
    await cluster.publish([_typed(state, _next_major(STATE_TYPE))])
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish([decision(cluster, "e0", place, "d0")])
        await outcomes_reach(recorder, 1)
    assert await cluster.read_committed(cluster.topics.replies) == []
    (letter,) = await cluster.read_committed(cluster.topics.dead_letters)
    told = read_dead_letter(letter)
    assert told.fault is Fault.UNSUPPORTED_VERSION
    assert "decided by a newer version" in told.message


async def test_decisions_keep_their_memory_over_more_partitions(cluster: Cluster) -> None:
    """Most keys move to another partition; what is decided stays decided."""
    await cluster.create_topics(partitions=2)
    count = 12
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish(numbered(cluster, range(count), keys=count, rating=1))
        await outcomes_reach(recorder, count)
        places = await review_places(cluster)
        names = sorted(places)
        await cluster.publish([decision(cluster, one, places[one], f"{one}-1") for one in names])
        await outcomes_reach(recorder, 2 * count)
        refused = await run_command(
            cluster, "--group-id", group_of(cluster), "topics", "grow-decisions", "--partitions=7"
        )
        assert refused.exit_code == 1
        assert "stop the workers first" in refused.stderr
    for _ in range(2):
        grown = await run_command(
            cluster, "--group-id", group_of(cluster), "topics", "grow-decisions", "--partitions=7"
        )
        assert grown.exit_code == 0, grown.stderr
        assert f"{count} decided items" in " ".join(grown.stdout.split())
    checked = await run_command(cluster, "topics", "check")
    assert checked.exit_code == 0, checked.stdout
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish([decision(cluster, one, places[one], f"{one}-2") for one in names])
        await outcomes_reach(recorder, count)
    results = await cluster.read_committed(cluster.topics.review_results)
    told = Counter(orjson.loads(one.value or b"")["outcome"] for one in results)
    assert told == {"applied": count, "superseded": count}
    assert len(await cluster.read_committed(cluster.topics.replies)) == count
    less = await run_command(
        cluster, "--group-id", group_of(cluster), "topics", "grow-decisions", "--partitions=3"
    )
    assert less.exit_code == 1
    assert "Kafka takes none away" in less.stderr


async def test_a_database_that_a_newer_console_has_migrated_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/console.db"
    database = await Database.open(url)
    await database.close()
    with closing(sqlite3.connect(tmp_path / "console.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'v9999_of_later_times'")
        raw.commit()
    with pytest.raises(DatabaseUnavailable, match=r"newer version of the console .* v9999"):
        await Database.open(url)
