"""What other lag exporters were reported to get wrong, row by row, on a real broker."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka, Topic
from stream_service.observe.lag import cluster_reader
from stream_service.streaming.errors import BrokerUnreachable
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.events import numbered
from tests.support.lag import Watch, watched_group, watching
from tests.support.waiting import until


async def test_records_removed_by_retention_are_lost_and_no_lag(cluster: Cluster) -> None:
    """O3: such lag would never fall, whatever the group does (keda#7936)."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    await cluster.commit_offset(watched_group(cluster), 2, "")
    async with watching(cluster) as watch:
        before = await watch.round()
        await cluster.delete_records_below(6)
        after = await watch.round()
        await cluster.delete_records_below(10)
        empty = await watch.round()
    assert (watch.of(before, "lag_messages"), watch.of(before, "lost_messages")) == (8, 0)
    assert (watch.of(after, "lag_messages"), watch.of(after, "lost_messages")) == (4, 4)
    assert watch.of(after, "committed_offset") == 2
    assert after.total("feedback_partition_start_offset", topic=cluster.topics.events) == 6
    assert watch.of(after, "lag_seconds") is not None, "the age of the first one that is left"
    assert (watch.of(empty, "lag_messages"), watch.of(empty, "lost_messages")) == (0, 8)
    assert watch.of(empty, "lag_seconds") == 0


async def test_a_partition_that_cannot_be_read_holds_up_no_other() -> None:
    """O4: one offset that cannot be read blocks all sampling (klag-exporter#104)."""
    async with EmbeddedKafka.start(brokers=3) as kafka:
        topics = Topics("o4.")
        await kafka.create_topics({topics.events: Topic(partitions=6, replication=1)})
        everywhere = Cluster(kafka.bootstrap_servers, topics)
        group = watched_group(everywhere)
        await everywhere.publish(_one_each(everywhere, range(6), 4))
        for partition in range(6):
            await everywhere.commit_offset(group, 1, "", partition)
        leaders, coordinator = await _places(everywhere, group)
        frozen = next(node for node in range(3) if node != coordinator)
        away = [partition for partition, leader in leaders.items() if leader == frozen]
        there = [partition for partition, leader in leaders.items() if leader != frozen]
        assert away
        assert there
        async with watching(everywhere, timeout_s=1, keep_s=0) as watch:
            before = await watch.round()
            await everywhere.publish(_one_each(everywhere, range(6), 2))
            await kafka.suspend(frozen)
            # At once: some seconds later the others know that it is away, and nobody asks it.
            during = await watch.round()
            again = await watch.round()
            unreadable: Any = watch.exporter.health().details["unreadable"]
            kafka.resume(frozen)
            await kafka.wait_until_ready()
            await until(_reads_all(watch, 6), "every partition again")
    for partition in range(6):
        assert watch.of(before, "lag_messages", partition=partition) == 3
    for page in (during, again):
        for partition in there:
            assert watch.of(page, "lag_messages", partition=partition) == 5
            assert watch.of(page, "lag_seconds", partition=partition) is not None
        for partition in away:
            assert watch.of(page, "lag_messages", partition=partition) is None, "unknown, not old"
            assert watch.of(page, "committed_offset", partition=partition) == 1
    named = {f"{topics.events}-{partition}" for partition in away}
    assert named <= unreadable.keys()
    for page in (during, again):
        assert page.total("feedback_lag_unreadable", kind="partition") == len(away)
        # None once the others have noticed: nobody asks it then.
        assert page.total("feedback_lag_unreadable", kind="broker") <= 1
    assert before.values("feedback_lag_unreadable") == [0, 0, 0, 0]


async def test_a_commit_between_the_two_readings_makes_no_negative_lag(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O6: ends that are read before the commits are behind them (kafka_exporter#287)."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    group = watched_group(cluster)
    await cluster.commit_offset(group, 2, "")
    end = 5

    async def moved_on() -> None:
        nonlocal end
        await cluster.publish(numbered(cluster, range(3)))
        end += 3
        await cluster.commit_offset(group, end, "")

    for reading in ("committed_offsets", "log_ranges"):
        monkeypatch.setattr(cluster_reader, reading, _followed_by(moved_on, reading))
    async with watching(cluster) as watch:
        page = await watch.round()
    assert watch.of(page, "committed_offset") == 2
    assert watch.of(page, "lag_messages") == 6, "the end is the later one of the two"
    assert watch.status(page) != "rewind"


async def test_a_commit_beyond_the_log_is_told_and_makes_nothing_negative(
    cluster: Cluster,
) -> None:
    """O6: the topic was deleted and created anew, the group's commit came back."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    await cluster.commit_offset(watched_group(cluster), 50, "")
    async with watching(cluster) as watch:
        page = await watch.round()
    assert watch.of(page, "lag_messages") == 0
    assert watch.status(page) == "rewind", "an end of 5 is no end that 50 has reached"
    figures = {name: value for (name, _), value in page.series.items() if name.startswith("feed")}
    assert min(figures.values()) >= 0


async def test_before_a_first_commit_lag_is_unknown(cluster: Cluster) -> None:
    """O7: no commit is shown as -1 or as 0 (kafka_exporter#28)."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    group = watched_group(cluster)
    async with watching(cluster) as watch, _member(cluster, group) as consumer:
        before = await watch.round()
        await consumer.commit()
        after = await watch.round()
    assert watch.state(before) == ("Stable", 1)
    assert before.total("feedback_partition_end_offset", topic=cluster.topics.events) == 5
    for name in ("lag_messages", "lag_seconds", "unprocessed_messages", "committed_offset"):
        assert watch.of(before, name) is None, name
        assert watch.of(after, name) is not None, name
    assert watch.status(before) is None


async def test_series_stay_when_the_group_empties(cluster: Cluster) -> None:
    """O8: they vanish just when nobody works any more (kafka_exporter#226)."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    group = watched_group(cluster)
    async with watching(cluster, window_rounds=3) as watch:
        async with _member(cluster, group) as consumer:
            await _commit(cluster, consumer, 2)
            lively = await watch.round()
        await cluster.publish(numbered(cluster, range(5, 8)))
        empty = [await watch.round() for _ in range(3)][-1]
    assert watch.state(lively) == ("Stable", 1)
    assert watch.state(empty) == ("Empty", 0)
    assert watch.of(lively, "lag_messages") == 3
    assert watch.of(empty, "lag_messages") == 6
    assert watch.of(empty, "lag_seconds") is not None
    assert watch.status(empty) == "stop"


async def test_the_age_of_a_record_does_not_bounce_with_the_pace(cluster: Cluster) -> None:
    """O9: seconds of lag that are an estimate jump about (kafka-lag-exporter#353)."""
    await cluster.create_topics()
    ages_s = [1_000 - 10 * number for number in range(20)]
    await _publish_aged(cluster, ages_s)
    group = watched_group(cluster)
    await cluster.commit_offset(group, 2, "")
    async with watching(cluster) as watch:
        pages = [await watch.round()]
        for offset in (4, 6):
            await cluster.commit_offset(group, offset, "")
            pages.append(await watch.round())
        # Nothing is processed any more, and more and more comes in.
        for number in range(3):
            await cluster.publish(numbered(cluster, range(30 + number)))
            pages.append(await watch.round())
    found = [watch.of(page, "lag_seconds") for page in pages]
    expected = [ages_s[offset] for offset in (2, 4, 6, 6, 6, 6)]
    assert found == pytest.approx(expected, abs=30)
    standing = [age for age in found[2:] if age is not None]
    assert standing == sorted(standing), "an age only rises while the record waits"
    moving = watch.of(pages[2], "drain_estimate_seconds")
    assert moving is not None
    assert moving < 200, "by the pace of the last rounds, not by any record's age"


async def test_lag_is_up_to_the_present_end(cluster: Cluster) -> None:
    """O10: lag against an end that was read long ago (Burrow#287)."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    await cluster.commit_offset(watched_group(cluster), 2, "")
    async with watching(cluster) as watch:
        lags: list[float | None] = []
        for number in range(3):
            lags.append(watch.of(await watch.round(), "lag_messages"))
            await cluster.publish(numbered(cluster, range(5 + number, 6 + number)))
    assert lags == [3, 4, 5]


async def test_one_stuck_partition_is_told_beside_those_that_go_on(cluster: Cluster) -> None:
    """O11: it hides in the group's sum (kminion#255)."""
    await cluster.create_topics(partitions=3)
    await cluster.publish(_one_each(cluster, range(3), 20))
    group, stuck = watched_group(cluster), 1
    async with _member(cluster, group) as consumer, watching(cluster, window_rounds=4) as watch:
        pages: list[Any] = []
        for offset in range(2, 12, 2):
            for partition in range(3):
                await _commit(cluster, consumer, 2 if partition == stuck else offset, partition)
            pages.append(await watch.round())
    commits = "last_commit_timestamp_seconds"
    sums = [page.total("feedback_consumer_lag_messages") for page in pages]
    assert sums == sorted(sums, reverse=True), "the sum says that all goes well"
    for partition in (0, 2):
        assert watch.status(pages[-1], partition=partition) == "ok"
        moments = [watch.of(page, commits, partition=partition) for page in pages[1:]]
        assert None not in moments
        assert len(set(moments)) == len(moments), "each round saw another commit"
    assert watch.status(pages[-1], partition=stuck) == "stall"
    assert {watch.of(page, commits, partition=stuck) for page in pages} == {None}, (
        "older than the watch is: when it was is not known, and not made up"
    )


@pytest.fixture(scope="module")
async def own_kafka() -> Any:
    """A broker that may be frozen."""
    async with EmbeddedKafka.start() as kafka:
        yield kafka


async def test_a_scrape_never_waits_for_kafka(own_kafka: EmbeddedKafka) -> None:
    """O12: a collection within the scrape makes gaps in the series (kafka_exporter#509)."""
    cluster = Cluster(own_kafka.bootstrap_servers, Topics("o12."))
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    await cluster.commit_offset(watched_group(cluster), 2, "")
    async with watching(cluster, timeout_s=60) as watch:
        before = await watch.round()
        await own_kafka.suspend()
        hanging = asyncio.create_task(watch.exporter.first_round(60))
        try:
            during = [await watch.scrape() for _ in range(3)]
            assert not hanging.done(), "the round waits, and the scrapes did not"
        finally:
            own_kafka.resume()
        await hanging
        after = await watch.scrape()
    success = "feedback_lag_collector_last_success_timestamp_seconds"
    for page in during:
        assert watch.of(page, "lag_messages") == 3
        assert page.series.keys() == before.series.keys()
        assert page.total(success) == before.total(success), "and how old they are is told"
    assert after.total(success) > before.total(success)


async def test_a_round_that_fails_makes_no_gap(own_kafka: EmbeddedKafka) -> None:
    """O12: the figures of the last round that succeeded stay for a while."""
    cluster = Cluster(own_kafka.bootstrap_servers, Topics("o12b."))
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    await cluster.commit_offset(watched_group(cluster), 2, "")
    async with watching(cluster, timeout_s=0.5) as watch:
        before = await watch.round()
        await own_kafka.suspend()
        try:
            with pytest.raises(BrokerUnreachable):
                await watch.exporter.first_round(0)
            during = await watch.scrape()
        finally:
            own_kafka.resume()
    assert watch.of(during, "lag_messages") == watch.of(before, "lag_messages") == 3


def _one_each(cluster: Cluster, partitions: Sequence[int], count: int) -> list[OutputRecord]:
    return [
        OutputRecord(
            topic=cluster.topics.events, key=b"k", value=b"v", headers=(), partition=partition
        )
        for partition in partitions
        for _ in range(count)
    ]


async def _places(cluster: Cluster, group: str) -> tuple[dict[int, int], int]:
    """The leader of each of the events topic's partitions, and the group's coordinator."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(admin):
        [topic] = await admin.describe_topics([cluster.topics.events])
        coordinator = await admin.find_coordinator(group)
    return {one["partition"]: one["leader"] for one in topic["partitions"]}, coordinator


def _reads_all(watch: Watch, partitions: int) -> Callable[[], Awaitable[bool]]:
    async def all_read() -> bool:
        page = await watch.round()
        return len(page.values("feedback_consumer_lag_messages")) == partitions

    return all_read


def _followed_by(then: Callable[[], Awaitable[None]], name: str) -> Any:
    original = getattr(cluster_reader, name)

    async def reading(*arguments: Any) -> Any:
        found = await original(*arguments)
        await then()
        return found

    return reading


async def _publish_aged(cluster: Cluster, ages_s: Sequence[float]) -> None:
    producer: Any = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers)
    async with client_started(producer):
        for age_s in ages_s:
            timestamp_ms = round((time.time() - age_s) * 1000)
            await producer.send_and_wait(
                cluster.topics.events, b"v", partition=0, timestamp_ms=timestamp_ms
            )


@asynccontextmanager
async def _member(cluster: Cluster, group: str) -> AsyncGenerator[Any]:
    """One that owns all partitions of the events topic; it commits only when told to."""
    consumer: Any = AIOKafkaConsumer(
        cluster.topics.events,
        bootstrap_servers=cluster.bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with client_started(consumer):
        await until(lambda: bool(consumer.assignment()), "its partitions")
        yield consumer


async def _commit(cluster: Cluster, consumer: Any, offset: int, partition: int = 0) -> None:
    await consumer.commit({TopicPartition(cluster.topics.events, partition): offset})
