"""A worker's metrics and health, scraped while a real broker serves it."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerFenced

from stream_service.observe.worker_observation import observed_worker
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.partition import Partition
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, Gate
from tests.support.observation import options
from tests.support.passing_member import passing_member
from tests.support.scraping import fetch, health, scrape, status
from tests.support.waiting import until


async def test_outcomes_and_records_are_counted_once_each(cluster: Cluster) -> None:
    topics, group = cluster.topics, group_of(cluster)
    await cluster.create_topics()
    async with (
        observed_worker(options(cluster)) as observation,
        running(cluster, EchoJudge(), observers=(observation.stream,)) as recorder,
    ):
        assert observation.port is not None
        await until(lambda: len(recorder.started) == 2, "sessions of events and decisions")
        await cluster.publish(numbered(cluster, range(3)))
        await cluster.publish(numbered(cluster, range(3, 5), rating=1))
        await cluster.publish(numbered(cluster, range(1)))
        await cluster.publish_values(b"no JSON")
        await outcomes_reach(recorder, 7)
        page = await scrape(observation.port)
    # Beside the outcomes, the markers behind them are committed now and then.
    commits = range(1, len(recorder.commits) + 1)
    events = "feedback_events_total"
    assert page.total(events, outcome="replied", category="complaint", error_type="") == 3
    assert page.total(events, outcome="review") == 2
    assert page.total(events, outcome="duplicate") == 1
    assert page.total(events, outcome="dead_letter", error_type="not_json") == 1
    assert page.total(events) == 7
    assert page.total("feedback_event_latency_seconds_count") == 7
    ours = {"messaging_system": "kafka", "messaging_consumer_group_name": group}
    consumed = "messaging_client_consumed_messages_total"
    assert page.total(consumed, messaging_destination_name=topics.events, **ours) == 7
    sent = "messaging_client_sent_messages_total"
    assert page.total(sent, messaging_destination_name=topics.replies, **ours) == 3
    assert page.total(sent, messaging_destination_name=topics.reviews, **ours) == 2
    assert page.total(sent, messaging_destination_name=topics.dead_letters, **ours) == 1
    processed = "messaging_process_duration_seconds_count"
    assert page.total(processed, error_type="") == 5
    assert page.total(processed, error_type="InvalidRecord") == 1
    assert page.total("feedback_commits_total", result="committed") in commits
    assert page.total("feedback_commit_duration_seconds_count") in commits
    operations = "messaging_client_operation_duration_seconds_count"
    assert page.total(operations, messaging_operation_name="commit") in commits
    assert page.total(operations, messaging_operation_name="poll") > 0
    assert page.total("feedback_consumer_rebalances_total", group=group) == 1
    assert page.total("feedback_partition_sessions") == 2, "events and decisions"
    assert page.total("feedback_inflight_events") == 0
    assert page.total("feedback_inflight_oldest_age_seconds") == 0
    assert page.total("feedback_build_info") == 1


async def test_events_in_flight_and_the_window_behind_them_are_told(cluster: Cluster) -> None:
    await cluster.create_topics()
    gate = Gate("e0")
    async with (
        observed_worker(options(cluster)) as observation,
        running(cluster, EchoJudge(gate), observers=(observation.stream,)) as recorder,
    ):
        assert observation.port is not None
        await cluster.publish(numbered(cluster, range(10), keys=10))
        await outcomes_reach(recorder, 9)
        first = await scrape(observation.port)
        second = await scrape(observation.port)
        gate.let_go("e0")
        await outcomes_reach(recorder, 10)
        after = await scrape(observation.port)
    assert first.total("feedback_inflight_events") == 1
    ages = [page.total("feedback_inflight_oldest_age_seconds") for page in (first, second)]
    assert 0 < ages[0] < ages[1]
    place = {"topic": cluster.topics.events, "partition": "0"}
    assert first.values("feedback_window_span", **place) == [10]
    assert after.values("feedback_window_span", **place) == [0]


async def test_no_label_tells_of_anybody(cluster: Cluster) -> None:
    """Series are bounded by what the service is made of, not by who writes to it."""
    await cluster.create_topics()
    async with (
        observed_worker(options(cluster)) as observation,
        running(cluster, EchoJudge(), observers=(observation.stream,)) as recorder,
    ):
        assert observation.port is not None
        await until(lambda: len(recorder.started) == 2, "sessions of events and decisions")
        await cluster.publish(numbered(cluster, range(1), keys=1))
        await outcomes_reach(recorder, 1)
        few = len((await scrape(observation.port)).series)
        await cluster.publish(numbered(cluster, range(1, 200), keys=200))
        await outcomes_reach(recorder, 200)
        page = await scrape(observation.port)
    assert len(page.series) == few
    told = {value for _, labels in page.series for _, value in labels}
    assert not [value for value in told if value.startswith(("e1", "c1", "text"))]


async def test_a_revoked_partition_has_no_series_any_more(cluster: Cluster) -> None:
    """O5: a former owner goes on exporting a frozen figure (tempo#7665)."""
    await cluster.create_topics(partitions=4)
    async with (
        observed_worker(options(cluster)) as observation,
        running(cluster, EchoJudge(), observers=(observation.stream,)) as recorder,
    ):
        assert observation.port is not None
        await cluster.publish(numbered(cluster, range(40), keys=40))
        await outcomes_reach(recorder, 40)
        before = await scrape(observation.port)
        assert len(before.values("feedback_window_span", topic=cluster.topics.events)) == 4
        async with passing_member(cluster):
            await until(lambda: 0 < len(_events_kept(recorder)) < 4, "a share of the partitions")
            port = observation.port

            async def only_kept() -> bool:
                page = await scrape(port)
                owned = page.label_values("partition", topic=cluster.topics.events)
                return owned == _events_kept(recorder)

            await until(only_kept, "series of the owned partitions alone", timeout_s=10)


async def test_a_failed_commit_in_a_rebalance_leaves_liveness_alone(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O14: a commit failure in a rebalance fails liveness (smallrye#866)."""
    await cluster.create_topics(partitions=2)
    client: Any = AIOKafkaProducer
    commit = client.commit_transaction
    fails = False

    async def failing(producer: Any) -> None:
        if fails:
            raise ProducerFenced
        await commit(producer)

    monkeypatch.setattr(client, "commit_transaction", failing)
    gate = Gate("e0")
    revoked = StreamConsumer.revoked

    async def let_go_and_revoke(consumer: StreamConsumer, partitions: frozenset[Partition]) -> None:
        if partitions:
            gate.let_go("e0")
        await revoked(consumer, partitions)

    monkeypatch.setattr(StreamConsumer, "revoked", let_go_and_revoke)
    recorder = Recorder()
    async with (
        observed_worker(options(cluster)) as observation,
        running(cluster, EchoJudge(gate), observers=(observation.stream,), recorder=recorder),
    ):
        port = observation.port
        assert port is not None
        await cluster.publish(numbered(cluster, range(1)))
        await until(lambda: "e0" in gate.entered, "the judge")
        fails = True
        async with passing_member(cluster):
            await until(lambda: bool(recorder.failures), "a failed commit")
            assert recorder.failures[0][1] is FailureReason.FENCED
            assert await status(port, "/health/live") == 200
            fails = False
        polls = recorder.polls
        await until(lambda: recorder.polls > polls, "the poll loop")
        assert await status(port, "/health/live") == 200
        told = await health(port)
        assert told["partitions"]["last_session_failure"]["reason"] == "fenced"
        page = await scrape(port)
        assert page.total("feedback_commits_total", result="fenced") >= 1
        assert page.total("feedback_session_failures_total", reason="fenced") >= 1
        await outcomes_reach(recorder, 1)


async def test_ready_once_partitions_are_owned_and_a_broker_answers(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    async with observed_worker(options(cluster)) as observation:
        port = observation.port
        assert port is not None
        assert await status(port, "/health/live") == 200
        assert await status(port, "/health/ready") == 503
        async with running(cluster, EchoJudge(), observers=(observation.stream,)):
            await until(lambda: asyncio.to_thread(_is_ready, port), "readiness")
            told = await health(port)
            assert told["ready"]
            assert told["broker"] == {"reachable": True, "brokers": 1}
            assert f"{cluster.topics.events}-0" in told["partitions"]["owned"]
            assert told["model"]["analyst"] == "local"


def _events_kept(recorder: Recorder) -> set[str]:
    return {
        str(partition.number)
        for partition in recorder.assignments[-1]
        if partition.topic.endswith("feedback.events")
    }


def _is_ready(port: int) -> bool:
    return fetch(port, "/health/ready")[0] == 200
