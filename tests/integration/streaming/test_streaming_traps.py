"""Faults that users of such systems reported (S1 to S24), each as a behaviour of ours.

Those of rebalances are in test_rebalance_traps.py. Others stand elsewhere: S4 in
tests/unit/streaming/test_commit_batch.py, S9's memory in test_bounded_memory.py, S11's compaction
in test_compacted_input.py, S17 in tests/unit/contracts, S19 and most of S22 in test_engine.py, S24
in test_broker_keeps_acknowledged_commits.py. That each fails without its cure is shown by
``python -m tests.mutations engine``.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, InvalidTxnState, UnknownError

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.judging.event_handler import EventHandler
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.outcome import OutcomeKind
from tests.support.cluster import Cluster
from tests.support.engine import (
    QUICK,
    each_replied_once,
    group_of,
    outcomes_reach,
    running,
)
from tests.support.events import numbered
from tests.support.held_commits import HeldCommits
from tests.support.judges import EchoJudge, Gate
from tests.support.waiting import until


async def test_s6_what_is_cancelled_in_mid_call_is_delivered_again(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(2), keys=2))
    gate = Gate("e0", "e1")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await until(lambda: gate.entered == {"e0", "e1"})
    assert gate.cancelled == {"e0", "e1"}
    assert not recorder.outcomes, "a cancellation is no failure, and no outcome"
    async with running(cluster, EchoJudge(), limits=QUICK):
        await each_replied_once(cluster, 2)


async def test_s8_s21_a_fenced_session_ends_alone_and_is_taken_up_again(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await until(lambda: len(recorder.started) == 4)
        fencing: Any = AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap_servers,
            transactional_id=f"{group_of(cluster)}.{cluster.topics.events}.0",
        )
        await fencing.start()
        await fencing.stop()
        await cluster.publish(numbered(cluster, range(40), keys=10))
        await each_replied_once(cluster, 40)
        assert [failure[1] for failure in recorder.failures] == [FailureReason.FENCED]
        assert recorder.failures[0][0].number == 0
        assert len(recorder.assignments) == 1, "no rebalance, no restart"


async def test_s9_a_key_that_always_fails_stops_no_other_and_is_set_aside(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(200), keys=2))

    async def fail_one_key(event: FeedbackEvent) -> None:
        if event.customer_id == "c0":
            raise RuntimeError("always")

    limits = replace(QUICK, window_events=40, retry=RetryPolicy(attempts=2, first_delay_s=0.01))
    async with running(cluster, EchoJudge(fail_one_key), limits=limits) as recorder:
        await outcomes_reach(recorder, 200)
    kinds = [outcome.kind for outcome in recorder.outcomes]
    assert kinds.count(OutcomeKind.REPLIED) == kinds.count(OutcomeKind.DEAD_LETTER) == 100
    offsets = [o.offset for o in recorder.outcomes if o.kind is OutcomeKind.DEAD_LETTER]
    assert offsets == sorted(offsets), "in the key's order"


async def test_s11_aborted_transactions_and_markers_are_crossed(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish_in_transaction(numbered(cluster, range(3)))
    await cluster.publish_in_transaction(numbered(cluster, range(100, 103)), abort=True)
    await cluster.publish_in_transaction(numbered(cluster, range(3, 5)))
    async with running(cluster, EchoJudge(), limits=QUICK):
        await each_replied_once(cluster, 5)

        async def at_the_end() -> bool:
            # 3 + 3 + 2 records, and a marker behind each transaction.
            return (await cluster.committed_offset(group_of(cluster)))[0] == 11

        await until(at_the_end, "the end of the log")


async def test_s12_null_keys_have_no_order_and_flow(cluster: Cluster) -> None:
    await cluster.create_topics()
    records = [replace(record, key=None) for record in numbered(cluster, range(20))]
    await cluster.publish(records)
    gate = Gate("e0")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 19)
        gate.let_go("e0")
        await each_replied_once(cluster, 20)


async def test_s13_a_failed_event_is_not_passed_over(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5), keys=5))
    failed = asyncio.Event()

    async def fail(event: FeedbackEvent) -> None:
        if event.event_id == "e1":
            failed.set()
            raise RuntimeError

    limits = replace(QUICK, retry=RetryPolicy(attempts=50, first_delay_s=5))
    async with running(cluster, EchoJudge(fail), limits=limits) as recorder:
        await outcomes_reach(recorder, 4)
        assert failed.is_set()
    frontier, _ = await cluster.committed_offset(group_of(cluster))
    assert frontier == 1
    async with running(cluster, EchoJudge(), limits=QUICK):
        await each_replied_once(cluster, 5)


async def test_s21_a_transaction_that_the_coordinator_gave_up_ends_its_session(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(6), keys=2))
    commits = HeldCommits(monkeypatch)
    limits = replace(QUICK, transaction_timeout_s=1)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await until(lambda: commits.held == 1)
        await until(lambda: cluster.has_no_open_transaction(), "the coordinator's sweep")
        commits.released.set()
        await each_replied_once(cluster, 6)
        assert [failure[1] for failure in recorder.failures] == [FailureReason.FENCED]


@pytest.mark.parametrize("error", [InvalidTxnState, InvalidProducerEpoch, UnknownError])
async def test_s21_a_state_that_nobody_knows_counts_as_fenced(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """The newer errors of transactions reach aiokafka as codes that it does not know."""
    client: Any = AIOKafkaProducer
    commit = client.commit_transaction
    answers = iter([error()])

    async def answered_so(producer: Any) -> None:
        await commit(producer)
        if answer := next(answers, None):
            raise answer

    monkeypatch.setattr(client, "commit_transaction", answered_so)
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(6), keys=2))
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await each_replied_once(cluster, 6)
        await until(lambda: bool(recorder.failures), "the session's end")
        assert [failure[1] for failure in recorder.failures] == [FailureReason.FENCED]


async def test_s22_no_poll_is_ever_cut_off(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ``getone`` that is cancelled disables the client's poll interval; it is not used at all."""
    client: Any = AIOKafkaConsumer
    poll = client.getmany
    cut_off: list[str] = []

    async def watched(consumer: Any, *places: Any, **bounds: Any) -> Any:
        try:
            return await poll(consumer, *places, **bounds)
        except asyncio.CancelledError:
            cut_off.append("getmany")
            raise

    async def never(_consumer: Any, *_places: Any) -> Any:
        cut_off.append("getone")

    monkeypatch.setattr(client, "getmany", watched)
    monkeypatch.setattr(client, "getone", never)
    await cluster.create_topics()
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        for batch in range(3):
            polls = recorder.polls
            await cluster.publish(numbered(cluster, range(batch * 5, batch * 5 + 5)))
            await outcomes_reach(recorder, batch * 5 + 5)
            await until(lambda polls=polls: recorder.polls >= polls + 4, "idle polls")
        assert not cut_off


async def test_s23_a_commit_without_an_answer_ends_the_session_and_the_broker_decides(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit succeeds, its answer is never seen: nothing of it may be published again."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(6), keys=2))
    commit = AIOKafkaProducer.commit_transaction
    unanswered = iter([True])

    async def swallowed(producer: Any) -> None:
        await commit(producer)
        if next(unanswered, False):
            await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaProducer, "commit_transaction", swallowed)
    limits = replace(QUICK, operation_timeout_s=1)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await until(lambda: bool(recorder.failures), "the bound on the commit")
        assert recorder.failures[0][1] is FailureReason.TIMED_OUT
        await each_replied_once(cluster, 6)


async def test_a_fault_of_ours_ends_its_session_alone_and_tells_no_text(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once at a session's start, once in the middle of its life."""
    await cluster.create_topics(partitions=2)
    faults = iter([RuntimeError("a customer's words"), None])
    start, read = EventHandler.start, EventHandler.read

    async def failing_start(handler: EventHandler) -> None:
        if error := next(faults, None):
            raise error
        await start(handler)

    broken = {"e7"}

    def failing_read(handler: EventHandler, record: Any) -> Any:
        work = read(handler, record)

        async def run() -> Any:
            outcome = await work.run()
            if broken and b'"e7"' in (record.value or b""):
                broken.clear()
                # No outcome at all: the session itself stumbles over it.
                return "a customer's words"
            return outcome

        return replace(work, run=run)

    monkeypatch.setattr(EventHandler, "start", failing_start)
    monkeypatch.setattr(EventHandler, "read", failing_read)
    await cluster.publish(numbered(cluster, range(20), keys=10))
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await each_replied_once(cluster, 20)
        assert [failure[1] for failure in recorder.failures] == [FailureReason.INTERNAL] * 2
        assert "customer" not in repr(recorder.failures)
        assert "RuntimeError" in recorder.failures[0][2]
