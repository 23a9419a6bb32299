"""Several workers under one command: kept alive, stopped together, and never left behind."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import orjson
import pytest

from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import running
from tests.support.feedback import output_event_ids, publish_events
from tests.support.judges import EchoJudge
from tests.support.supervisor_process import children, start, workers_started
from tests.support.waiting import until
from tests.support.worker_process import environment

pytestmark = pytest.mark.timeout(180)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_dead_worker_is_replaced_and_sigterm_drains_all(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics(partitions=4)
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "2")
    try:
        await until(
            lambda: log.read_bytes().count(b"worker_started") == 2, "two workers", timeout_s=90
        )
        published = await publish_events(cluster, 120)
        os.kill(children(process)[0], signal.SIGKILL)
        await until(
            lambda: log.read_bytes().count(b"worker_started") == 3, "a third worker", timeout_s=90
        )
        assert re.search(rb'"exit_code": -9', log.read_bytes())

        async def all_there() -> bool:
            return len(await output_event_ids(cluster)) >= len(published)

        await until(all_there, "every output", timeout_s=60)
        workers = children(process)
        assert len(workers) == 2
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None, "the supervisor's end")
        assert process.returncode == 0
        assert not any(map(is_alive, workers))
    finally:
        process.kill()
        process.wait(10)
    assert sorted(await output_event_ids(cluster)) == sorted(published)


async def test_a_signal_to_every_process_drains_each(cluster: Cluster, tmp_path: Path) -> None:
    """As systemd stops a service: one to the supervisor, and one to each worker."""
    await cluster.create_topics(partitions=4)
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "2")
    try:
        await workers_started(log, 2)
        await until(
            lambda: log.read_bytes().count(b"session_started") >= 8, "all sessions", timeout_s=60
        )
        for pid in (process.pid, *children(process)):
            os.kill(pid, signal.SIGTERM)
        await until(lambda: process.poll() is not None, "the supervisor's end")
    finally:
        process.kill()
        process.wait(10)
    assert log.read_bytes().count(b"worker_stopped") == 2, "drained, not killed"
    assert process.returncode == 0


async def test_a_worker_that_hangs_is_killed_and_replaced(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics(partitions=4)
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "2", settings=("metrics.live_within_s=4",))
    try:
        await until(
            lambda: log.read_bytes().count(b"worker_started") == 2, "two workers", timeout_s=90
        )
        hanging, other = children(process)
        os.kill(hanging, signal.SIGSTOP)
        await until(
            lambda: log.read_bytes().count(b"worker_started") == 3, "a third worker", timeout_s=90
        )
        assert not is_alive(hanging)
        assert is_alive(other), "who does not hang is left alone"
        published = await publish_events(cluster, 60)

        async def all_there() -> bool:
            return len(await output_event_ids(cluster)) >= len(published)

        await until(all_there, "every output", timeout_s=60)
    finally:
        process.kill()
        process.wait(10)
    assert log.read_bytes().count(b"worker_hung") == 1
    assert sorted(await output_event_ids(cluster)) == sorted(published)


async def test_a_dead_workers_partitions_wait_for_the_one_that_replaces_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    """The group would give a dead worker up after two minutes, and wait for it until then."""
    await cluster.create_topics(partitions=4)
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "2", settings=("consumer.session_timeout_s=120",))

    def assignments() -> list[list[str]]:
        lines = [line for line in log.read_bytes().splitlines() if b"partitions_assigned" in line]
        return [orjson.loads(line)["partitions"] for line in lines]

    def are_shared() -> bool:
        """Four partitions of events and four of decisions; the first one there had all of them."""
        return sorted(map(len, assignments()[-2:])) == [4, 4]

    try:
        await until(are_shared, "the two workers' partitions", timeout_s=90)
        before = len(assignments())
        os.kill(children(process)[0], signal.SIGKILL)
        await until(
            lambda: log.read_bytes().count(b"worker_started") == 3, "a third worker", timeout_s=90
        )
        published = await publish_events(cluster, 60)

        async def all_there() -> bool:
            return len(await output_event_ids(cluster)) >= len(published)

        await until(all_there, "every output", timeout_s=60)
        assert len(assignments()) == before + 1, "nobody else was disturbed"
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None, "the supervisor's end")
    finally:
        process.kill()
        process.wait(10)
    assert sorted(await output_event_ids(cluster)) == sorted(published)
    limits = StreamLimits(session_timeout_s=120)
    async with running(
        cluster, EchoJudge(), limits=limits, group_id=f"{cluster.topics.prefix}workers"
    ) as others:
        await until(lambda: len(others.started) == 8, "what the stopped ones have left at once")


async def test_a_killed_supervisor_leaves_no_worker_behind(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics()
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "2")
    try:
        await until(
            lambda: log.read_bytes().count(b"worker_started") == 2, "two workers", timeout_s=90
        )
        workers = children(process)
    finally:
        process.kill()
        process.wait(10)
    await until(lambda: not any(map(is_alive, workers)), "the end of the workers")
    assert log.read_bytes().count(b"worker_stopped") == 2, "drained, not killed"


async def test_a_worker_that_cannot_live_is_given_up_with_code_1(cluster: Cluster) -> None:
    """The topics are missing: each start fails in the same way."""
    impatient = f"""
from stream_service.commands.supervise import RestartPolicy, run_workers
from stream_service.settings import load_settings

overrides = ["kafka.bootstrap_servers={cluster.bootstrap_servers}",
             "topics.prefix={cluster.topics.prefix}", "log.format=json"]
policy = RestartPolicy(first_delay_s=0.05, give_up_after=2)
raise SystemExit(run_workers(load_settings(overrides), overrides, 2, policy))
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        impatient,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), 90)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 1
    assert b"stream-service topics create" in errors
    assert b"worker_given_up" in output + errors


async def test_no_worker_at_all_is_wrong_usage(cluster: Cluster, tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "0")
    try:
        await until(lambda: process.poll() is not None, "its end")
    finally:
        process.kill()
        process.wait(10)
    assert process.returncode == 2
