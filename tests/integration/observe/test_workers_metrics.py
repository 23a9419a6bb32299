"""Several workers under one command, observed at one port."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.cluster import Cluster
from tests.support.feedback import publish_events
from tests.support.scraping import health, scrape, status
from tests.support.supervisor_process import children, start, workers_started
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


def _port(log: Path) -> int:
    """The supervisor's: its workers listen at sockets, and tell port 0."""
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines() if line[:1] == b"{"]
    [port] = {line["port"] for line in lines if line["event"] == "metrics_served"} - {0}
    return port


async def test_two_workers_are_added_up_at_one_port_and_a_dead_one_leaves_no_gauge(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics(partitions=4)
    log = tmp_path / "log"
    process = start(cluster, log, "--workers", "2")
    try:
        await workers_started(log, 2)
        port = _port(log)
        assert await status(port, "/health/live") == 200

        async def sessions() -> float:
            return (await scrape(port)).total("feedback_partition_sessions")

        async def all_sessions() -> bool:
            return await sessions() == 8

        async def shared() -> bool:
            workers = (await health(port))["workers"].values()
            return [one.get("partitions", {}).get("sessions") for one in workers] == [4, 4]

        await until(shared, "4 + 4 partitions in two halves", timeout_s=60)
        assert await all_sessions()
        assert await status(port, "/health/ready") == 200
        told: dict[str, Any] = (await health(port))["workers"]
        assert set(told) == {"0", "1"}
        owned = [place for one in told.values() for place in one["partitions"]["owned"]]
        assert len(owned) == len(set(owned)) == 8

        published = await publish_events(cluster, 60)

        async def counted() -> bool:
            page = await scrape(port)
            return page.total("feedback_events_total") == len(published)

        await until(counted, "all events counted", timeout_s=60)
        page = await scrape(port)
        assert page.total("feedback_build_info") == 1
        assert page.total("feedback_worker_process_deaths_total") == 0
        assert page.total("messaging_client_consumed_messages_total") == len(published)
        assert len(page.values("feedback_partition_sessions")) == 1

        victim = children(process)[0]
        # Frozen first: while it neither answers nor ends, none of its gauges may stand.
        os.kill(victim, signal.SIGSTOP)
        page = await scrape(port)
        assert page.total("feedback_events_total") == len(published)
        assert page.total("feedback_partition_sessions") < 8
        assert await status(port, "/health/live") == 503
        os.kill(victim, signal.SIGKILL)
        await until(lambda: bool(re.search(rb"worker_died", log.read_bytes())), "its end")
        page = await scrape(port)
        assert page.total("feedback_worker_process_deaths_total") == 1
        assert page.total("feedback_events_total") == len(published), "what it counted stays"
        # The other one may have taken over by now; with the dead one's beside them it were 12.
        assert page.total("feedback_partition_sessions") <= 8, "what it owned does not"
        assert await status(port, "/health/live") == 200, "it is begun anew"
        await workers_started(log, 3)
        await until(all_sessions, "all partitions read again", timeout_s=60)
        assert (await scrape(port)).total("feedback_events_total") == len(published)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def test_a_taken_port_is_told_with_the_setting_that_changes_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for arguments in (["--workers", "2"], []):
            log = tmp_path / "log"
            process = start(cluster, log, *arguments, settings=[f"metrics.port={port}"])
            try:
                assert process.wait(60) == 1
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            told = log.read_bytes().splitlines()[-1].decode()
            assert f"127.0.0.1:{port} cannot be listened on" in told
            assert "--set metrics.port=" in told
