"""The worker as a process: killed, stopped, started without a broker."""

import signal
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.support.cluster import Cluster
from tests.support.feedback import output_event_ids, publish_events
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, SHORT_SESSION, environment, flags, worker


@pytest.mark.timeout(240)
async def test_killed_twice_in_mid_flow_every_event_has_exactly_one_output(
    cluster: Cluster,
) -> None:
    await cluster.create_topics(partitions=3)
    published = await publish_events(cluster, 400)
    for share in (0.2, 0.5):
        with worker(cluster, SHORT_SESSION) as process:

            async def under_way(share: float = share) -> bool:
                return len(await output_event_ids(cluster)) >= share * len(published)

            await until(under_way, "a part of the outputs", timeout_s=90)
            process.send_signal(signal.SIGKILL)
        assert len(await output_event_ids(cluster)) < len(published), "killed in mid-flow"
    with worker(cluster, SHORT_SESSION):

        async def all_there() -> bool:
            return set(await output_event_ids(cluster)) == set(published)

        await until(all_there, "every output", timeout_s=90)
    assert sorted(await output_event_ids(cluster)) == sorted(published)


async def test_sigterm_drains_and_ends_with_code_0(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    published = await publish_events(cluster, 60)
    log = tmp_path / "log"
    with worker(cluster, log=log) as process:

        async def begun() -> bool:
            return bool(await output_event_ids(cluster))

        await until(begun, "a first output", timeout_s=60)
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None, "the end of the worker")
        assert process.returncode == 0
    group = f"{cluster.topics.prefix}workers"
    frontier, metadata = await cluster.committed_offset(group)
    assert len(await output_event_ids(cluster)) >= frontier
    assert b"worker_stopped" in log.read_bytes()
    with worker(cluster):

        async def all_there() -> bool:
            return len(await output_event_ids(cluster)) >= len(published)

        await until(all_there, "every output", timeout_s=60)
    assert sorted(await output_event_ids(cluster)) == sorted(published)
    assert metadata == "" or frontier < len(published)


def run_command(
    *arguments: str, folder: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env=environment(**settings),
        check=False,
    )


def test_without_a_broker_it_says_so_within_the_bound() -> None:
    done = run_command(
        "-b", "127.0.0.1:9", "run", STREAM_KAFKA__START_TIMEOUT_S="2", STREAM_LOG__LEVEL="error"
    )
    assert done.returncode == 1
    assert "no Kafka broker answered at 127.0.0.1:9 within 2 s" in done.stderr
    assert "Traceback" not in done.stderr


async def test_without_topics_it_names_them_and_the_command(cluster: Cluster) -> None:
    done = run_command(*flags(cluster), "--log-level", "error", "run")
    assert done.returncode == 1
    assert cluster.topics.events in done.stderr
    assert "stream-service topics create" in done.stderr
    assert "Traceback" not in done.stderr


async def test_topics_are_created_and_checked(cluster: Cluster) -> None:
    assert run_command(*flags(cluster), "topics", "check").returncode == 1
    created = run_command(*flags(cluster), "topics", "create")
    assert created.returncode == 0
    for specification in cluster.topics.specifications():
        assert specification.name in created.stdout
    assert run_command(*flags(cluster), "topics", "check").returncode == 0
    assert "exist already" in run_command(*flags(cluster), "topics", "create").stdout


def test_a_wrong_setting_is_refused_by_name() -> None:
    unknown = run_command("config", STREAM_KAFKA__BOOTSTRAP_SERVER="x:1")
    assert unknown.returncode == 2
    assert "STREAM_KAFKA__BOOTSTRAP_SERVERS" in unknown.stderr
    wrong = run_command("config", STREAM_CONSUMER__IN_FLIGHT="none")
    assert wrong.returncode == 2
    assert "consumer.in_flight" in wrong.stderr


def test_settings_come_from_a_dotenv_file_too(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("STREAM_CONSUMER__IN_FLIGHT=7\nSTREAM_LOG__LEVEL=warning\n")
    shown = run_command(
        "--log-level", "error", "config", "--json", folder=tmp_path, STREAM_TOPICS__PREFIX="x."
    )
    assert shown.returncode == 0, shown.stderr
    settings = orjson.loads(shown.stdout)
    assert settings["consumer.in_flight"] == {"value": 7, "from": ".env"}
    assert settings["log.level"] == {"value": "error", "from": "flag"}
    assert settings["topics.prefix"] == {"value": "x.", "from": "STREAM_TOPICS__PREFIX"}
    dotenv.write_text("STREAM_CONSUMER__IN_FLIHGT=7\n")
    refused = run_command("config", folder=tmp_path)
    assert refused.returncode == 2
    assert "STREAM_CONSUMER__IN_FLIGHT" in refused.stderr


def test_secrets_are_masked() -> None:
    shown = run_command(
        "config",
        "--json",
        STREAM_KAFKA__SECURITY_PROTOCOL="SASL_SSL",
        STREAM_KAFKA__SASL_USERNAME="worker",
        STREAM_KAFKA__SASL_PASSWORD="hunter2",
    )
    assert shown.returncode == 0
    assert "hunter2" not in shown.stdout + shown.stderr
    settings = orjson.loads(shown.stdout)
    assert settings["kafka.sasl_password"]["from"] == "STREAM_KAFKA__SASL_PASSWORD"


def test_analyze_judges_one_text_without_kafka() -> None:
    done = run_command("analyze", "--json", "请问怎么申请发票？")
    assert done.returncode == 0, done.stderr
    verdict = orjson.loads(done.stdout)
    assert verdict["analysis"]["category"] == "question"
    assert verdict["analysis"]["language"] == "zh"


def test_interrupted_by_its_pipe_it_shows_no_trace() -> None:
    command = [*COMMAND, "config"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(30)
    assert b"Traceback" not in errors
