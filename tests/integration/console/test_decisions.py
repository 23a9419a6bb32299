"""Decisions and redrives by way of the console, with the real engine."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stream_service.console.access.roles import LOCAL
from stream_service.console.decisions.deciding import decide
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.gateway.routes import dead_letters as letter_routes
from stream_service.console.gateway.routes import reviews as review_routes
from stream_service.console.projection.retention import forget_old
from stream_service.contracts.codec import decode
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.reply import Reply
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.console import records_of_every_kind, review_item
from tests.support.decisions import decision
from tests.support.engine import running
from tests.support.gateway import RunningConsole, running_console
from tests.support.judges import EchoJudge
from tests.support.waiting import until


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/console.db"


@pytest.mark.parametrize(
    ("decided", "replies"),
    [
        ({"type": "accept"}, ["angry"]),
        ({"type": "edit", "text": "We are sorry. 对不起。"}, ["We are sorry. 对不起。"]),
        ({"type": "response", "text": "Call me."}, ["Call me."]),
        ({"type": "ignore"}, []),
    ],
)
async def test_each_decision_becomes_its_reply_once(
    cluster: Cluster, database_url: str, decided: dict[str, str], replies: Sequence[str]
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        await _in_review(console, "e1")
        answer = await console.client.post(
            "/v1/reviews/e1/decision", json=decided, params={"wait_s": 15}
        )
        assert answer.status_code == 202
        assert answer.json()["outcome"] == "applied"
        told = await console.review_has("e1", "decided")
        assert [one["outcome"] for one in told["decisions"]] == ["applied"]
        await console.feedback_has("e1", "replied" if replies else "ignored")
        late = await console.client.post("/v1/reviews/e1/decision", json={"type": "accept"})
        assert late.status_code == 409
        assert late.json()["applied"]["type"] == decided["type"]
        acts = (await console.client.get("/v1/audit")).json()["items"]
        assert [(one["action"], one["subject"]) for one in acts] == [("decide", "e1")]
    assert await _replies(cluster) == replies


async def test_what_is_written_down_is_told_though_the_database_goes_away_then(
    cluster: Cluster, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as unavailable, which means that nothing was done: who decided anew was refused,
    and who sent letters back did not hear which of them."""

    async def away(*_: object, **_named: object) -> None:
        raise DatabaseUnavailable("the console's database does not answer")

    sent: list[object] = []

    async def once(*given: object, **named: object) -> object:
        sent.append(given)
        return await (redrive if len(sent) == 2 else away)(*given, **named)  # type: ignore[operator]

    await cluster.create_topics()
    async with running_console(cluster, sqlite_url) as console:
        await cluster.publish([verdict_record(cluster.topics, review_item(1), None)])
        await cluster.publish([records_of_every_kind(cluster.topics)[-1]] * 3)
        await _letters(console, count=3)
        await console.review_has("e1", "open")
        monkeypatch.setattr(review_routes, "decisions_on", away)
        decided = await console.client.post(
            "/v1/reviews/e1/decision", json={"type": "ignore"}, params={"wait_s": 5}
        )
        assert (decided.status_code, decided.json()["outcome"]) == (202, "recorded")

        redrive = letter_routes.redrive
        monkeypatch.setattr(letter_routes, "redrive", once)
        many = {"ids": ["0-0", "0-1", "0-2"]}
        answers = [await console.client.post("/v1/dead-letters/redrive", json=many) for _ in "12"]
    assert answers[0].status_code == 503
    assert answers[1].status_code == 202
    assert [one["status"] for one in answers[1].json()["items"]] == ["redriven", "failed", "failed"]


async def test_of_two_reviewers_one_wins_and_the_other_is_told(
    cluster: Cluster, database_url: str
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        await _in_review(console, "e1")
        # Both have the item open, and neither hears of the other in time.
        answers = await asyncio.gather(
            *(
                console.client.post(
                    "/v1/reviews/e1/decision",
                    json={"type": "edit", "text": name},
                    params={"wait_s": 15},
                )
                for name in ("first", "second")
            )
        )
        outcomes = sorted(answer.json()["outcome"] for answer in answers)
        assert outcomes == ["applied", "superseded"]
        history = (await console.client.get("/v1/reviews/e1")).json()["decisions"]
        assert sorted(one["outcome"] for one in history) == outcomes
    assert len(await _replies(cluster)) == 1


async def test_the_same_decision_again_is_the_same(cluster: Cluster, database_url: str) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        await _in_review(console, "e1")
        body = {"type": "accept", "decision_id": "d1"}
        answers = [
            (
                await console.client.post(
                    "/v1/reviews/e1/decision", json=body, params={"wait_s": 15}
                )
            ).json()
            for _ in range(2)
        ]
        assert [one["repeated"] for one in answers] == [False, True]
        assert {one["outcome"] for one in answers} == {"applied"}
        other = await console.client.post(
            "/v1/reviews/e1/decision", json={"type": "ignore", "decision_id": "d1"}
        )
        assert other.status_code == 409
        assert other.json()["field"] == "decision_id"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"type": "edit"}, 422, "text"),
        ({"type": "response", "text": " \u200b"}, 422, "text"),
        ({"type": "shout"}, 422, "type"),
        ({"type": "accept", "decision_id": ""}, 422, "decision_id"),
        ({}, 422, "type"),
        ([], 422, "body"),
    ],
)
async def test_a_decision_that_cannot_be_is_refused_by_field(
    cluster: Cluster, sqlite_url: str, body: object, status: int, field: str
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, sqlite_url) as console:
        await _in_review(console, "e1")
        answer = await console.client.post("/v1/reviews/e1/decision", json=body)
        assert (answer.status_code, answer.json()["field"]) == (status, field)
        missing = await console.client.post("/v1/reviews/e2/decision", json={"type": "accept"})
        assert missing.status_code == 404


async def test_a_decision_waits_for_kafka_and_is_not_lost(
    cluster: Cluster, database_url: str
) -> None:
    """Written down while nothing can be published; whoever runs next publishes it."""
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        await _in_review(console, "e1")
        database, topic = console.services.database, cluster.topics.review_decisions
        # The act alone, as in a console that dies before its relay looks.
        recorded = await decide(database, topic, LOCAL, event_id="e1", kind="accept")
        told = await console.review_has("e1", "deciding")
        assert told["decisions"][0]["decision_id"] == recorded.decision_id
        await console.review_has("e1", "decided")
    assert await _replies(cluster) == ["angry"]


async def test_a_decision_that_the_engine_refuses_leaves_its_item_open(
    cluster: Cluster, database_url: str
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        await _in_review(console, "e1")
        # As another program may publish it: it points to no review.
        await cluster.publish([decision(cluster, "e1", (0, 999), "d-odd")])
        await _letters(console)
        told = await console.review_has("e1", "open")
        assert [(one["outcome"], one["fault"]) for one in told["decisions"]] == [
            ("refused", "review_unavailable")
        ]
        assert told["item"]["action_request"]["args"]["text"] == "angry"


async def test_a_dead_letter_is_mended_and_replied_to(cluster: Cluster, database_url: str) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, database_url) as console:
        await cluster.publish_values(b'{"event_id":"e1","text":7', key=b"c1")
        [letter] = await _letters(console)
        assert (letter["fault"], letter["redrive_count"]) == ("not_json", 0)
        whole = (await console.client.get(f"/v1/dead-letters/{letter['id']}")).json()
        assert whole["value"]["text"] == '{"event_id":"e1","text":7'
        assert whole["value"]["hex"].startswith("7b 22 65")
        path = f"/v1/dead-letters/{letter['id']}/redrive"
        wrong = await console.client.post(path, json={"value": '{"event_id":"e1"}'})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "text")
        answer = await console.client.post(path, json={"value": '{"event_id":"e1","text":"ok"}'})
        assert answer.json()["redrive_count"] == 1
        await console.feedback_has("e1", "replied")
        again = await console.client.post(path, json={})
        assert again.status_code == 409
        assert await _letters(console, state="open", count=0) == []
        await console.services.figures.read()
        page = (await console.client.get("/metrics")).text
        assert 'feedback_dead_letters_redriven_total{reason="not_json"} 1.0' in page
        later_ms = round(time.time() * 1000) + 400 * 24 * 60 * 60 * 1000
        await forget_old(console.services.database, retention_days=90, now_ms=later_ms)
        await console.services.figures.read()
        page = (await console.client.get("/metrics")).text
        assert 'feedback_dead_letters_redriven_total{reason="not_json"} 1.0' in page
        assert 'feedback_dead_letters{reason="not_json"} 0.0' in page
    assert await _replies(cluster) == ["ok"]


async def test_a_loop_of_redrives_is_counted_and_bytes_stay(
    cluster: Cluster, sqlite_url: str
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()), running_console(cluster, sqlite_url) as console:
        await cluster.publish_values(b"\xff\x00 no JSON", key=None, headers=(("x-own", b"1"),))
        for hop in range(3):
            letters = await _letters(console, state="open")
            assert [one["redrive_count"] for one in letters] == [hop]
            answer = await console.client.post(
                "/v1/dead-letters/redrive", json={"ids": [letters[0]["id"], "0-99", "x"]}
            )
            fates = [one["status"] for one in answer.json()["items"]]
            assert fates == ["redriven", "refused", "refused"]
            await _letters(console, state="any", count=hop + 2)
    records = await cluster.read_committed(cluster.topics.dead_letters)
    assert {record.value for record in records} == {b"\xff\x00 no JSON"}
    assert [len(record.headers) for record in records] == [
        len(records[0].headers),
        *[len(records[0].headers) + 1] * 3,
    ]
    assert all(("x-own", b"1") in record.headers for record in records)


async def test_an_event_without_a_name_keeps_the_one_it_got(
    cluster: Cluster, sqlite_url: str
) -> None:
    failing = True

    async def fail(_: FeedbackEvent) -> None:
        if failing:
            raise RuntimeError

    await cluster.create_topics()
    async with (
        running(cluster, EchoJudge(fail), limits=StreamLimits(retry=RetryPolicy(attempts=1))),
        running_console(cluster, sqlite_url) as console,
    ):
        await cluster.publish_values(b'{"text":"hello"}', key=b"c1")
        [letter] = await _letters(console)
        failing = False
        await console.client.post(f"/v1/dead-letters/{letter['id']}/redrive", json={})
        await console.feedback_has(letter["event_id"], "replied")
    assert await _replies(cluster) == ["hello"]


async def _in_review(console: RunningConsole, event_id: str) -> None:
    event = {"event_id": event_id, "text": "angry", "rating": 1}
    assert (await console.client.post("/v1/feedback", json=event)).status_code == 202
    await console.review_has(event_id, "open")


async def _letters(
    console: RunningConsole, *, state: str = "open", count: int = 1
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def are_there() -> bool:
        nonlocal found
        answer = await console.client.get("/v1/dead-letters", params={"state": state})
        found = answer.json()["items"]
        return len(found) == count

    await until(are_there, f"{count} dead letters")
    return found


async def _replies(cluster: Cluster) -> list[str]:
    return [
        decode(Reply, record.value).text
        for record in await cluster.read_committed(cluster.topics.replies)
    ]
