"""The memory of decisions is read in steps: ninety days of it hold up nobody's event."""

import asyncio
import gc
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from stream_service.contracts.publish import state_record
from stream_service.contracts.review import DecisionType, ReviewPointer
from stream_service.contracts.review_result import ReviewState
from stream_service.streaming.decisions.handler import DecisionHandler
from stream_service.streaming.decisions.memory import DecisionMemory
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.partition import Partition
from tests.support.cluster import Cluster

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
