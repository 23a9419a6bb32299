"""A console that is killed, or whose Kafka is away, loses and doubles no decision."""

from pathlib import Path

import httpx
import pytest

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.cluster import Cluster
from tests.support.console_crash import DECISIONS_A_KILL, crash_consoles
from tests.support.engine import running
from tests.support.gateway import running_console
from tests.support.judges import EchoJudge
from tests.support.waiting import until


@pytest.mark.timeout(300)
async def test_a_killed_console_loses_and_doubles_no_decision(
    cluster: Cluster, database_url: str, tmp_path: Path
) -> None:
    """``python -m tests.console_crashes --seeds 1-50`` does it for longer."""
    await cluster.create_topics()
    seeds = range(1, 6)
    async with running(cluster, EchoJudge()):
        report = await crash_consoles(cluster, database_url, seeds, tmp_path / "console.log")
    assert report.problems == []
    assert report.kills == len(seeds)
    assert report.acknowledged + report.unanswered == len(seeds) * DECISIONS_A_KILL


async def test_a_decision_while_kafka_is_away_survives_the_console(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/console.db"
    async with EmbeddedKafka.start() as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics("away."))
        await cluster.create_topics()
        async with running_console(cluster, url) as console:
            async with running(cluster, EchoJudge()):
                event = {"event_id": "e1", "text": "angry", "rating": 1}
                await console.client.post("/v1/feedback", json=event)
                await console.review_has("e1", "open")
            await kafka.stop_node()
            path = "/v1/reviews/e1/decision"
            body = {"type": "accept", "decision_id": "d1"}
            answer = await console.client.post(path, json=body)
            assert (answer.status_code, answer.json()["outcome"]) == (202, "recorded")

            async def is_away() -> bool:
                return not console.services.publisher.is_there

            await until(is_away, "the relay to find Kafka away")
        await kafka.restart()
        async with running(cluster, EchoJudge()), running_console(cluster, url) as console:
            told = await console.review_has("e1", "decided")
            assert [one["outcome"] for one in told["decisions"]] == ["applied"]
        assert len(await cluster.read_committed(cluster.topics.replies)) == 1


async def test_the_command_serves_and_ends_on_sigterm(cluster: Cluster, tmp_path: Path) -> None:
    from stream_service.devkit.kafka.ports import choose_free
    from tests.support.console_process import ConsoleProcess

    await cluster.create_topics()
    log = tmp_path / "log"
    console = ConsoleProcess(
        cluster, f"sqlite:///{tmp_path}/console.db", choose_free(1)[0], log=log
    )
    async with httpx.AsyncClient(timeout=20) as client:
        try:
            await console.start(client)

            async def accepted() -> bool:
                answer = await client.post(
                    f"{console.url}/v1/feedback", json={"text": "a secret of Jane"}
                )
                return answer.status_code == 202

            await until(accepted, "feedback to be accepted")
            # An open stream does not hold back the end.
            async with client.stream("GET", f"{console.url}/v1/streams/replies") as stream:
                assert stream.status_code == 200
                assert await console.terminate() == 0
        finally:
            console.kill()
    told = log.read_text()
    assert "console_stopped" in told
    assert "Jane" not in told
    assert "Traceback" not in told
