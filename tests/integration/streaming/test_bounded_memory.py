"""S9: a key that always fails is tried again for long; what waits behind it stays bounded."""

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import replace

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until

WINDOW = 40
LIMITS = StreamLimits(
    session_timeout_s=6,
    drain_timeout_s=0.5,
    window_events=WINDOW,
    poll_records=WINDOW,
    # It goes on failing for longer than the test takes.
    retry=RetryPolicy(attempts=1_000_000, first_delay_s=0.001, max_delay_s=0.001),
)

FAILING = 2_000
OTHERS = 300

MOST_RECORDS = 4 * WINDOW
"""Of two partitions a window each, and what one poll brought."""


class MemoryWatch(Recorder):
    """Counts at each poll how many of the topic's records the process holds."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic
        self.most_records = 0

    def polled(self) -> None:
        super().polled()
        held = sum(
            isinstance(thing, InputRecord) and thing.topic == self._topic
            for thing in gc.get_objects()
        )
        self.most_records = max(self.most_records, held)

    def judge_retried(
        self, partition: object, offset: int, attempt: int, error: str, trace_id: str | None
    ) -> None:
        """Keeps the numbers apart from what is counted: thousands of retries are meant."""
        self.retries[:] = [(offset, attempt, error)]


def on_partition(number: int, records: Sequence[OutputRecord]) -> list[OutputRecord]:
    return [replace(record, partition=number) for record in records]


async def test_s9_retries_neither_pile_up_nor_hold_up_others(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    await cluster.publish(on_partition(0, numbered(cluster, range(FAILING))))
    failing = {f"e{number}" for number in range(FAILING)}

    async def fail(event: FeedbackEvent) -> None:
        if event.event_id in failing:
            raise RuntimeError("always")

    def failures() -> int:
        return watch.retries[0][1] if watch.retries else 0

    watch = MemoryWatch(cluster.topics.events)
    async with running(cluster, EchoJudge(fail), limits=LIMITS, recorder=watch):
        await until(lambda: failures() > 50, "many failures")
        others = numbered(cluster, range(FAILING, FAILING + OTHERS), keys=7)
        await cluster.publish(on_partition(1, others))
        await outcomes_reach(watch, OTHERS)
        failed_before = failures()
        await until(lambda: failures() > failed_before + 50, "still failing, still tried")
    assert watch.retries[0][0] == 0, "the key's first event alone is tried"
    assert len(set(await replied_event_ids(cluster))) >= OTHERS
    assert WINDOW // 4 < watch.most_records <= MOST_RECORDS


HEADER_BYTES = 50_000


async def test_headers_count_for_what_is_taken_on(cluster: Cluster) -> None:
    """A gateway may put its tokens there; a value says nothing of how large its record is."""
    await cluster.create_topics()
    with_headers = [
        replace(record, headers=(*record.headers, ("token", b"x" * HEADER_BYTES)))
        for record in numbered(cluster, range(100), keys=100)
    ]
    await cluster.publish(with_headers)
    released = asyncio.Event()

    async def wait(_event: FeedbackEvent) -> None:
        await released.wait()

    judge = EchoJudge(wait)
    watch = MemoryWatch(cluster.topics.events)
    limits = replace(LIMITS, window_events=1_000, poll_records=5, window_bytes=10 * HEADER_BYTES)
    async with running(cluster, judge, limits=limits, recorder=watch):
        await until(lambda: bool(judge.calls), "the first events")
        polls = watch.polls
        await until(lambda: watch.polls > polls + 5, "polls that bring nothing more")
        released.set()
        await outcomes_reach(watch, 100)
    assert watch.most_records <= 20


async def test_many_partitions_share_what_a_worker_may_take_on(cluster: Cluster) -> None:
    """Each had a window of its own: a worker left alone with sixteen could take on a gigabyte."""
    await cluster.create_topics(partitions=8)
    events = [
        replace(record, headers=(*record.headers, ("token", b"x" * HEADER_BYTES)))
        for number in range(8)
        for record in on_partition(
            number, numbered(cluster, range(number * 20, number * 20 + 20), keys=160)
        )
    ]
    await cluster.publish(events)
    released = asyncio.Event()

    async def wait(_event: FeedbackEvent) -> None:
        await released.wait()

    taken = polls = 0

    def is_full() -> bool:
        nonlocal taken, polls
        if len(judge.calls) != taken:
            taken, polls = len(judge.calls), watch.polls
        return watch.polls > polls + 5

    judge = EchoJudge(wait)
    limits = replace(LIMITS, window_events=1_000, poll_records=1, window_bytes=10 * HEADER_BYTES)
    watch = Recorder()
    async with running(cluster, judge, limits=limits, recorder=watch):
        await until(lambda: len(watch.started) == 16, "all sessions")
        await until(is_full, "polls that bring nothing more")
        released.set()
        await outcomes_reach(watch, 160)
    # As many may run at once: what is taken has begun.
    assert 8 <= taken <= 50 < limits.in_flight
