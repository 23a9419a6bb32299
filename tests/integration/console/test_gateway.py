"""The gateway's main ways: feedback in, status, judgement, streams, health."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import orjson
import pytest

from stream_service.console.publishing import intake as intake_module
from stream_service.contracts.codec import decode
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.cluster import Cluster
from tests.support.engine import running
from tests.support.gateway import RunningConsole, running_console
from tests.support.judges import EchoJudge
from tests.support.waiting import until


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/console.db"


async def test_feedback_is_published_judged_and_told(cluster: Cluster, database_url: str) -> None:
    await cluster.create_topics()
    async with (
        running(cluster, EchoJudge()),
        running_console(cluster, database_url) as console,
    ):
        posted = await console.client.post(
            "/v1/feedback", json={"text": "迟到了", "customer_id": "c1"}
        )
        assert posted.status_code == 202
        event_id = posted.json()["event_id"]
        told = await console.feedback_has(event_id, "replied")
        assert told["reply"]["text"] == "迟到了"
        assert told["event"]["customer_id"] == "c1"
        await console.client.post(
            "/v1/feedback", json={"event_id": "a/b", "text": "t", "rating": 1}
        )
        told = await console.feedback_has("a/b", "in_review")
        assert told["review"]["reasons"] == ["anger"]
    assert [one.event_id for one in await _published(cluster)] == [event_id, "a/b"]


async def test_the_status_is_known_at_once(cluster: Cluster, sqlite_url: str) -> None:
    await cluster.create_topics()
    async with running_console(cluster, sqlite_url) as console:
        event_id = (await console.client.post("/v1/feedback", json={"text": "t"})).json()[
            "event_id"
        ]
        answer = await console.client.get(f"/v1/feedback/{event_id}")
        assert answer.json()["status"] == "received"
        assert (await console.client.get("/v1/feedback/nobody")).status_code == 404


async def test_what_was_just_accepted_is_not_remembered_for_ever(
    cluster: Cluster, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics()
    async with running_console(cluster, sqlite_url) as console:
        intake = console.services.intake
        await console.client.post("/v1/feedback", json={"event_id": "e1", "text": "t"})
        await console.client.post("/v1/feedback", json={"event_id": "e2", "text": "t"})
        assert intake.has_just_accepted("e1")
        later = time.monotonic() + 301
        monkeypatch.setattr(intake_module, "time", SimpleNamespace(monotonic=lambda: later))
        await intake.accept({"event_id": "e3", "text": "t"}, principal="ann")
    remembered = [name for name in ("e1", "e2", "e3") if intake.has_just_accepted(name)]
    assert remembered == ["e3"]


async def test_the_same_key_publishes_once(cluster: Cluster, database_url: str) -> None:
    await cluster.create_topics()
    headers = {"Idempotency-Key": "k1"}
    async with running_console(cluster, database_url) as console:
        answers = [
            await console.client.post("/v1/feedback", json={"text": "t"}, headers=headers)
            for _ in range(3)
        ]
        other = await console.client.post("/v1/feedback", json={"text": "u"}, headers=headers)
    assert [answer.json()["repeated"] for answer in answers] == [False, True, True]
    assert len({answer.json()["event_id"] for answer in answers}) == 1
    assert other.status_code == 422
    assert other.json()["field"] == "Idempotency-Key"
    assert len(await _published(cluster)) == 1


async def test_the_same_keys_side_by_side_are_one_event(
    cluster: Cluster, database_url: str
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        answers = await asyncio.gather(
            *(
                console.client.post(
                    "/v1/feedback", json={"text": "t"}, headers={"Idempotency-Key": "k"}
                )
                for _ in range(10)
            )
        )
        assert {answer.status_code for answer in answers} == {202}
        [event_id] = {answer.json()["event_id"] for answer in answers}
        await console.feedback_has(event_id, "replied")
        last = await console.client.post("/v1/feedback", json={"event_id": "last", "text": "t"})
        assert last.status_code == 202
        await console.feedback_has("last", "replied")
    replies = await cluster.read_committed(cluster.topics.replies)
    assert len(replies) == 2


@pytest.mark.parametrize("form", ["array", "lines"])
async def test_each_row_of_a_batch_has_its_fate(
    cluster: Cluster, sqlite_url: str, form: str
) -> None:
    await cluster.create_topics()
    rows: list[object] = [
        {"text": "a"},
        {"text": " "},
        {"text": "b", "rating": 9},
        7,
        {"text": "c"},
    ]
    async with running_console(cluster, sqlite_url) as console:
        if form == "array":
            answer = await console.client.post("/v1/feedback/batch", json=rows)
        else:
            body = b"\n\n".join(orjson.dumps(row) for row in rows)
            answer = await console.client.post(
                "/v1/feedback/batch", content=body, headers={"content-type": "application/x-ndjson"}
            )
    told = answer.json()
    assert (told["accepted"], told["refused"], told["failed"]) == (2, 3, 0)
    assert [row["status"] for row in told["rows"]] == [
        "accepted", "refused", "refused", "refused", "accepted",
    ]  # fmt: skip
    assert [row.get("field") for row in told["rows"]][1:3] == ["text", "rating"]
    assert [row.get("fault") for row in told["rows"]] == [
        None, "invalid_field", "invalid_field", "not_an_object", None,
    ]  # fmt: skip
    assert [one.text for one in await _published(cluster)] == ["a", "c"]


async def test_a_batch_with_a_key_is_published_once(cluster: Cluster, sqlite_url: str) -> None:
    await cluster.create_topics()
    rows = [{"text": f"t{number}"} for number in range(120)]
    async with running_console(cluster, sqlite_url) as console:
        first, second = [
            (
                await console.client.post(
                    "/v1/feedback/batch", json=rows, headers={"Idempotency-Key": "b"}
                )
            ).json()
            for _ in range(2)
        ]
    assert first == second
    assert len(await _published(cluster)) == 120


async def test_judging_at_once_publishes_nothing(cluster: Cluster, sqlite_url: str) -> None:
    await cluster.create_topics()
    async with running_console(cluster, sqlite_url, judge=EchoJudge()) as console:
        one = (await console.client.post("/v1/analyze", json={"text": "t", "rating": 1})).json()
        many = (
            await console.client.post("/v1/analyze/batch", json=[{"text": "t"}, {"text": ""}])
        ).json()
    assert one["outcome"] == "review"
    assert many["totals"]["analyzed"] == 1
    assert many["totals"]["by_category"] == {"complaint": 1}
    assert many["rows"][1]["field"] == "text"
    assert await _published(cluster) == []


async def test_a_judge_that_fails_is_told(cluster: Cluster, sqlite_url: str) -> None:
    await cluster.create_topics()

    async def fail(_: FeedbackEvent) -> None:
        raise RuntimeError("the customer said: secret")

    async with running_console(cluster, sqlite_url, judge=EchoJudge(fail)) as console:
        answer = await console.client.post("/v1/analyze", json={"text": "t"})
        off = await console.client.post("/v1/analyze/batch", json=[{"text": "t"}])
    assert answer.status_code == 503
    assert "secret" not in answer.text
    assert off.json()["rows"][0]["status"] == "failed"


async def test_streams_tell_what_comes(cluster: Cluster, sqlite_url: str) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, sqlite_url) as console:
        async with console.client.stream("GET", "/v1/streams/replies") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ": open"
            await console.client.post("/v1/feedback", json={"event_id": "e1", "text": "hello"})
            async with asyncio.timeout(20):
                data = [line async for line in _until_data(lines)]
        assert orjson.loads(data[-1].removeprefix("data: "))["event_id"] == "e1"
        await until(lambda: console.services.hub.watchers == 0, "the view to be closed")


async def test_lag_totals_health_and_metrics(cluster: Cluster, sqlite_url: str) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, sqlite_url) as console:
        await console.client.post("/v1/feedback", json={"event_id": "e1", "text": "t", "rating": 1})
        await console.review_has("e1", "open")
        client = console.client

        async def lag_is_told() -> bool:
            answer = await client.get("/v1/lag")
            return answer.status_code == 200 and any(
                one["topic"] == cluster.topics.events and one["lag"] == 0
                for one in answer.json()["partitions"]
            )

        await until(lag_is_told, "lag")
        totals = (await client.get("/v1/totals")).json()["totals"]
        assert {one["outcome"]: one["count"] for one in totals} == {"received": 1, "review": 1}
        health = await client.get("/health/ready")
        assert health.status_code == 200
        assert health.json()["parts"] == {"kafka": "up", "database": "up"}
        assert (await client.get("/health/live")).status_code == 200
        await console.services.figures.read()
        page = (await client.get("/metrics")).text

        async def loop_is_watched() -> bool:
            of_now = (await client.get("/metrics")).text
            found = re.search(r"^feedback_event_loop_lag_seconds_count (\d+)", of_now, re.MULTILINE)
            return found is not None and int(found[1]) > 0

        await until(loop_is_watched, "the event loop's lag")
    assert 'feedback_review_queue_items{priority="normal"} 1.0' in page
    assert 'http_route="/v1/feedback"' in page
    assert "e1" not in page


async def test_without_kafka_nothing_is_half_done(sqlite_url: str) -> None:
    async with EmbeddedKafka.start() as kafka:
        cluster = Cluster(kafka.bootstrap_servers, Topics("away."))
        await cluster.create_topics()
        async with running_console(cluster, sqlite_url) as console:
            await kafka.stop_node()
            event = {"text": "t"}
            headers = {"Idempotency-Key": "k"}
            refused = await console.client.post("/v1/feedback", json=event, headers=headers)
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.headers["content-type"] == "application/problem+json"
            batch = await console.client.post("/v1/feedback/batch", json=[event, event])
            assert batch.status_code == 503
            ready = await console.client.get("/health/ready")
            assert (ready.status_code, ready.json()["parts"]["kafka"]) == (503, "down")
            await kafka.restart()
            await _accepted(console, event, headers)
        # An answer can be lost on its way; what was published twice then bears the same name.
        assert len({one.event_id for one in await _published(cluster)}) == 1


async def _accepted(
    console: RunningConsole, event: dict[str, str], headers: dict[str, str]
) -> None:
    async def accepted() -> bool:
        answer: httpx.Response = await console.client.post(
            "/v1/feedback", json=event, headers=headers
        )
        return answer.status_code == 202

    await until(accepted, "Kafka to be found again", timeout_s=60)


async def _published(cluster: Cluster) -> list[FeedbackEvent]:
    return [
        decode(FeedbackEvent, record.value)
        for record in await cluster.read_committed(cluster.topics.events)
    ]


async def _until_data(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line.startswith("data:"):
            return
