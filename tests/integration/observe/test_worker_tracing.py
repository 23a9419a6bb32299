"""The commands with tracing on, as processes."""

import asyncio
import signal
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.support.cluster import Cluster
from tests.support.feedback import publish_events
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment, flags, worker

pytestmark = pytest.mark.timeout(180)


def _settings(receiver: OtlpReceiver) -> tuple[str, ...]:
    return (
        "tracing.enabled=true",
        "tracing.sampling_ratio=1",
        f"tracing.endpoint={receiver.endpoint}",
        "local.encoder=universal",
        "log.format=json",
        "log.level=debug",
    )


def _events(log: Path) -> list[dict[str, str]]:
    return [orjson.loads(line) for line in log.read_bytes().splitlines() if line[:1] == b"{"]


async def test_a_silent_collector_is_waited_for_behind_the_commit_and_the_leaving(
    cluster: Cluster, tmp_path: Path
) -> None:
    """O13: exit hangs 8 to 10 s in the exporter's shutdown (otel-python#2284): commit and leave
    first, and then no longer than the bound."""
    await cluster.create_topics(partitions=2)
    log = tmp_path / "log"
    with OtlpReceiver().running() as receiver:
        receiver.be_silent()
        settings = (*_settings(receiver), "tracing.shutdown_timeout_s=1.5")
        with worker(cluster, *settings, log=log) as process:
            published = await publish_events(cluster, 20)

            def done() -> bool:
                return sum(one["event"] == "outcome_published" for one in _events(log)) == 20

            await until(done, "20 outcomes", timeout_s=60)
            process.send_signal(signal.SIGTERM)
            # The drain of nothing, the leave, and the bound; the library alone would wait 30 s.
            assert process.wait(15) == 0
        told = [one["event"] for one in _events(log)]
        assert told.index("spans_lost") > max(
            place for place, event in enumerate(told) if event == "session_ended"
        )
        assert told[-1] == "worker_stopped"
        assert len(
            await cluster.read_committed(cluster.topics.replies, cluster.topics.reviews)
        ) == (len(published))
        assert receiver.spans == []


async def test_from_the_command_that_publishes_to_the_log_line_of_the_outcome(
    cluster: Cluster, tmp_path: Path
) -> None:
    await cluster.create_topics()
    log = tmp_path / "log"
    with OtlpReceiver().running() as receiver:
        settings = _settings(receiver)
        given = [word for setting in settings for word in ("--set", setting)]
        ended = await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, *flags(cluster), *given, "publish", "The cup came broken."],
            env=environment(),
            capture_output=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        [creation] = receiver.spans
        with worker(cluster, *settings, log=log) as process:

            def done() -> bool:
                return any(one["event"] == "outcome_published" for one in _events(log))

            await until(done, "the outcome", timeout_s=60)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        names = {span.name for span in receiver.trace(creation.trace_id)}
        assert {f"process {cluster.topics.events}", "classify"} <= names
        [line] = [one for one in _events(log) if one["event"] == "outcome_published"]
        assert line["trace_id"] == creation.trace_id
