"""The memory of decisions: ninety days of it hold up nobody's event, and are read once."""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from stream_service.contracts.publish import state_record
from stream_service.contracts.record import InputRecord
from stream_service.contracts.review import DecisionType, ReviewPointer
from stream_service.contracts.review_result import ReviewState
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.decisions import handler as handler_module
from stream_service.streaming.decisions.handler import DecisionHandler
from stream_service.streaming.decisions.memory import DecisionMemory
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reader import read_partition
from tests.support.cluster import Cluster
from tests.support.decisions import decision, review_places
from tests.support.engine import QUICK, Recorder, group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.passing_member import passing_member
from tests.support.waiting import until

DECISIONS = 20_000


def _state(number: int) -> ReviewState:
    return ReviewState(
        event_id=f"e{number}",
        decision_id=str(uuid4()),
        type=DecisionType.ACCEPT,
        review=ReviewPointer(partition=0, offset=number),
        reply_id=str(uuid4()),
        reviewer="ann@example.com",
        decided_at=datetime.now(UTC),
    )


async def _longest_step_s(until_done: asyncio.Task[None]) -> float:
    """The most CPU time that the loop's thread spent between two turns of this task."""
    longest = 0.0
    while not until_done.done():
        before = time.thread_time()
        await asyncio.sleep(0)
        longest = max(longest, time.thread_time() - before)
    return longest


async def test_loading_takes_the_loop_for_milliseconds_at_a_time(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=1)
    await cluster.publish(
        [state_record(cluster.topics, _state(number), 0) for number in range(DECISIONS)]
    )
    memory = DecisionMemory(timedelta(days=90))
    handler = DecisionHandler(
        Partition(cluster.topics.review_decisions, 0),
        connection=cluster.connection,
        topics=cluster.topics,
        memory=memory,
        fetcher=ReviewFetcher(cluster.connection, cluster.topics.reviews),
        place_of=lambda _: 0,
    )
    # A walk of all that the tests have loaded would be counted too.
    gc.disable()
    try:
        loading = asyncio.create_task(handler.start())
        longest_s = await _longest_step_s(loading)
        await loading
    finally:
        gc.enable()
    assert len(memory) == DECISIONS
    assert longest_s < 0.05, longest_s


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The offset from which each session has read its memory."""
    offsets: list[int] = []

    def noted(
        connection: KafkaConnection, partition: Partition, begin: int
    ) -> AsyncGenerator[InputRecord]:
        offsets.append(begin)
        return read_partition(connection, partition, begin)

    monkeypatch.setattr(handler_module, "read_partition", noted)
    return offsets


async def _decided(cluster: Cluster, recorder: Recorder, decision_id: str) -> None:
    """Decide the one item there is, once more."""
    before = len(recorder.outcomes)
    [(name, place)] = (await review_places(cluster)).items()
    await cluster.publish([decision(cluster, name, place, decision_id)])
    await outcomes_reach(recorder, before + 1)


async def _item(cluster: Cluster, recorder: Recorder) -> None:
    await cluster.publish(numbered(cluster, [0], rating=1))
    await outcomes_reach(recorder, 1)


async def _rebalanced(recorder: Recorder, member: AbstractAsyncContextManager[Any]) -> None:
    before = len(recorder.assignments)
    async with member:
        await until(lambda: len(recorder.assignments) > before, "a rebalance")
    await until(lambda: len(recorder.assignments) > before + 1, "another one")


async def test_who_keeps_its_partition_reads_on_where_it_was(
    cluster: Cluster, begun: list[int]
) -> None:
    await cluster.create_topics(partitions=1)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await _item(cluster, recorder)
        await _decided(cluster, recorder, "first")
        await _rebalanced(recorder, passing_member(cluster, cluster.topics.events))
        await _decided(cluster, recorder, "second")
        # What this process has written since is read once more, and no more than that.
        await _rebalanced(recorder, passing_member(cluster, cluster.topics.events))
        await _decided(cluster, recorder, "third")
    kinds = [outcome.kind.value for outcome in recorder.outcomes]
    assert kinds == ["review", "replied", "superseded", "superseded"]
    assert begun[0] == 0
    assert min(begun[-3:]) > 0


async def test_who_gets_its_partition_back_from_another_reads_all(
    cluster: Cluster, begun: list[int]
) -> None:
    await cluster.create_topics(partitions=1)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await _item(cluster, recorder)
        await _decided(cluster, recorder, "first")
        await _rebalanced(recorder, passing_member(cluster, cluster.topics.events))
        await until(lambda: begun[-1] > 0, "a session that reads on")
        await _rebalanced(recorder, passing_member(cluster, cluster.topics.review_decisions))
        await _decided(cluster, recorder, "second")
    assert [outcome.kind.value for outcome in recorder.outcomes][1:] == ["replied", "superseded"]
    assert begun[-1] == 0


async def test_who_has_failed_reads_all(cluster: Cluster, begun: list[int]) -> None:
    """What it took for decided may never have been committed."""
    await cluster.create_topics(partitions=1)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await _item(cluster, recorder)
        fencing: Any = AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap_servers,
            transactional_id=f"{group_of(cluster)}.{cluster.topics.review_decisions}.0",
        )
        await fencing.start()
        await fencing.stop()
        await _decided(cluster, recorder, "first")
        await _decided(cluster, recorder, "second")
    assert [outcome.kind.value for outcome in recorder.outcomes][1:] == ["replied", "superseded"]
    assert begun == [0, 0]
    assert len(recorder.failures) == 1
