"""A consumer that is stopped ends, whatever its client makes of it."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from stream_service.streaming.consumer import StreamConsumer
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.input_topics import events_subscription
from stream_service.streaming.judging.handler import RecordHandler, Work
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.partition import Partition
from stream_service.streaming.subscription import Subscription
from tests.support.cluster import Cluster
from tests.support.engine import group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until
from tests.support.worker_process import worker


async def test_a_stop_that_the_client_cancels_by_itself_is_an_end(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka's fetcher lets its cancelled fetches' CancelledError through."""
    stop: Any = AIOKafkaConsumer.stop

    async def stop_and_raise(consumer: Any) -> None:
        await stop(consumer)
        raise asyncio.CancelledError

    monkeypatch.setattr(AIOKafkaConsumer, "stop", stop_and_raise)
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 3)


class SwallowsItsCancellation:
    """Starts as a client does that is cancelled while it closes: it goes on."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()

    async def start(self) -> None:
        self.entered.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    def read(self, record: InputRecord) -> Work:
        raise AssertionError(f"{record.offset} was read after the end")


async def test_a_session_that_starts_in_spite_of_its_cancellation_ends(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    handler = SwallowsItsCancellation()

    def new_handler(partition: Partition, partitions: int) -> RecordHandler:
        return handler

    consumer = StreamConsumer(
        connection=cluster.connection,
        group_id=group_of(cluster),
        subscriptions=(
            Subscription(
                topic=cluster.topics.events,
                new_handler=new_handler,
                slots=JudgeSlots(1),
                outputs=(cluster.topics.replies,),
            ),
        ),
        dead_letters=DeadLetters(cluster.topics.dead_letters),
    )
    stop = asyncio.Event()
    working = asyncio.create_task(consumer.run(stop))
    await asyncio.wait_for(handler.entered.wait(), 30)
    stop.set()
    await asyncio.wait_for(working, 20)


async def test_a_start_that_waits_for_the_cluster_is_cut_off_by_a_stop() -> None:
    nowhere = Cluster("127.0.0.1:9", Topics("nowhere."))
    intake, limits = Intake(), StreamLimits(start_timeout_s=600)
    consumer = StreamConsumer(
        connection=nowhere.connection,
        group_id=group_of(nowhere),
        subscriptions=(events_subscription(EchoJudge(), nowhere.topics, limits, intake),),
        dead_letters=DeadLetters(nowhere.topics.dead_letters),
        limits=limits,
    )
    stop = asyncio.Event()
    running_consumer = asyncio.create_task(consumer.run(stop))
    _, waiting = await asyncio.wait({running_consumer}, timeout=0.2)
    assert waiting, "it is waiting for a broker"
    stop.set()
    await asyncio.wait_for(running_consumer, 15)


async def test_sigterm_ends_a_worker_that_waits_for_its_broker(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with worker(Cluster("127.0.0.1:9", Topics("nowhere.")), log=log) as process:
        # The last thing it tells before it asks for its topics.
        await until(lambda: b"metrics_served" in log.read_bytes(), "its beginning")
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None, "its end", timeout_s=20)
        assert process.returncode == 0, log.read_text()
    assert b"worker_stopped" in log.read_bytes()
