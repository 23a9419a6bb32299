"""What is cut off leaves no connection behind."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from stream_service.contracts.review import ReviewPointer
from stream_service.devkit.kafka.readiness import known_brokers
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.input_topics import decisions_subscription, events_subscription
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, group_of
from tests.support.judges import EchoJudge
from tests.support.waiting import until


async def _open_publisher(cluster: Cluster) -> object:
    return await TransactionalPublisher.open(
        cluster.connection,
        group_id="g",
        partition=Partition(cluster.topics.events, 0),
        transaction_timeout_s=10,
        operation_timeout_s=10,
    )


async def _fetch_review(cluster: Cluster) -> object:
    fetcher = ReviewFetcher(cluster.connection, cluster.topics.reviews)
    try:
        return await fetcher.fetch(ReviewPointer(partition=0, offset=0))
    finally:
        await fetcher.aclose()


async def _ask_a_broker(cluster: Cluster) -> object:
    return await known_brokers(int(cluster.bootstrap_servers.rpartition(":")[2]))


async def _commit_as_a_test_does(cluster: Cluster) -> object:
    return await cluster.commit_offset(group_of(cluster), 0, "")


@contextmanager
def nothing_is_left_open() -> Generator[None]:
    """The client says so when what it had not closed is collected."""
    gc.collect()
    yield
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gc.collect()
    assert not [one for one in caught if "nclosed" in str(one.message)]


async def _cancelled_anew_until_it_ends(task: asyncio.Task[None], recorder: Recorder) -> None:
    await until(lambda: bool(recorder.started) or task.done(), "a session")

    def is_done_though_cancelled_anew() -> bool:
        task.cancel()
        return task.done()

    await until(is_done_though_cancelled_anew, "its end")


@pytest.mark.parametrize(
    "begin", [_open_publisher, _fetch_review, _ask_a_broker, _commit_as_a_test_does]
)
async def test_cancelled_while_the_metadata_come_it_closes_its_connection(
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Cluster], Coroutine[Any, Any, object]],
) -> None:
    asked = asyncio.Event()
    send: Any = vars(AIOKafkaConnection)["send"]

    def telling(connection: AIOKafkaConnection, request: Any, *given: Any, **named: Any) -> Any:
        if isinstance(request, MetadataRequest):
            asked.set()
        return send(connection, request, *given, **named)

    monkeypatch.setattr(AIOKafkaConnection, "send", telling)
    with nothing_is_left_open():
        beginning = asyncio.create_task(begin(cluster))
        async with asyncio.timeout(10):
            await asked.wait()
        beginning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beginning
        del beginning


async def test_cancelled_again_and_again_a_consumer_closes_all_that_it_has(
    cluster: Cluster,
) -> None:
    """Whoever waits for a task's end cancels it anew: one cancellation may get lost in a client."""
    await cluster.create_topics()
    closed = asyncio.Event()

    async def close() -> None:
        closed.set()

    events = events_subscription(EchoJudge(), cluster.topics, StreamLimits())
    decisions = decisions_subscription(cluster.connection, cluster.topics)
    recorder = Recorder()
    with nothing_is_left_open():
        consumer = StreamConsumer(
            connection=cluster.connection,
            group_id=group_of(cluster),
            subscriptions=(replace(events, aclose=close), decisions),
            dead_letters=DeadLetters(cluster.topics.dead_letters),
            observer=recorder,
        )
        task = asyncio.create_task(consumer.run(asyncio.Event()))
        await _cancelled_anew_until_it_ends(task, recorder)
        del consumer, task
    assert closed.is_set()


async def test_a_review_is_fetched_after_a_fetch_that_was_cut_off_in_its_start(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics()
    await cluster.publish_values(b"item", topic=cluster.topics.reviews)
    fetcher = ReviewFetcher(cluster.connection, cluster.topics.reviews)
    starting = asyncio.Event()

    async def hang(_: Any) -> None:
        starting.set()
        await asyncio.Event().wait()

    try:
        with monkeypatch.context() as patched:
            patched.setattr(AIOKafkaConsumer, "start", hang)
            first = asyncio.create_task(fetcher.fetch(ReviewPointer(partition=0, offset=0)))
            await asyncio.wait_for(starting.wait(), 10)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
        found = await fetcher.fetch(ReviewPointer(partition=0, offset=0))
    finally:
        await fetcher.aclose()
    assert found is not None
    assert found.value == b"item"
