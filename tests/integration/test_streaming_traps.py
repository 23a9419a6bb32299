"""Faults that users of such systems reported (S1 to S23), each as a behaviour of ours.

Others of them have their tests elsewhere: S4 in tests/unit/streaming/test_commit_batch.py, S9's
memory in test_bounded_memory.py, S11's compaction in test_compacted_input.py, S17 in
tests/unit/contracts, S19 and most of S22 in test_engine.py, S24 in
test_broker_keeps_acknowledged_commits.py. That each fails without its cure is shown by
``python -m tests.mutations engine``.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import InvalidProducerEpoch, InvalidTxnState, KafkaError, UnknownError

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.event_handler import EventHandler
from stream_service.streaming.intake import Intake
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.outcome import OutcomeKind
from stream_service.streaming.outcome_publisher import DeliveryMode
from stream_service.streaming.retry import RetryPolicy
from tests.support.cluster import Cluster
from tests.support.engine import group_of, outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.held_commits import HeldCommits
from tests.support.judges import EchoJudge, Gate
from tests.support.passing_member import passing_member
from tests.support.waiting import until

QUICK = StreamLimits(session_timeout_s=6, drain_timeout_s=0.5)


def names(count: int) -> Sequence[str]:
    return sorted(f"e{number}" for number in range(count))


async def each_replied_once(cluster: Cluster, count: int) -> None:
    await until_all_replied(cluster, count)
    assert sorted(await replied_event_ids(cluster)) == names(count)


async def until_all_replied(cluster: Cluster, count: int) -> None:
    async def all_there() -> bool:
        return set(await replied_event_ids(cluster)) >= set(names(count))

    await until(all_there, f"{count} replies", timeout_s=60)


async def test_s1_a_member_joins_in_mid_transaction(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics(partitions=2)
    await cluster.publish(numbered(cluster, range(40), keys=10))
    commits = HeldCommits(monkeypatch, count=2)
    async with running(cluster, EchoJudge(), limits=QUICK):
        await until(lambda: commits.held == 2, "two transactions held open")
        async with running(cluster, EchoJudge(), limits=QUICK):
            commits.released.set()
            await each_replied_once(cluster, 40)


async def test_s2_s5_a_flapping_group_loses_nothing_and_goes_on(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=4)
    judge = EchoJudge(Gate())
    async with running(cluster, judge, limits=QUICK) as recorder:
        for round_ in range(3):
            await cluster.publish(numbered(cluster, range(round_ * 50, round_ * 50 + 50), keys=9))
            async with passing_member(cluster):
                pass
        await each_replied_once(cluster, 150)
        assert not recorder.failures


async def test_s2_what_an_epoch_left_unfinished_is_the_next_ones_to_do(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=10))
    gate = Gate("e3")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 9)
        async with passing_member(cluster):
            pass
        await until(lambda: len(recorder.started) >= 3, "a session of a later epoch")
        gate.let_go("e3")
        await cluster.publish(numbered(cluster, range(10, 20), keys=10))
        await each_replied_once(cluster, 20)

        async def at_the_end() -> bool:
            return (await cluster.committed_offset(group_of(cluster)))[0] == 20

        await until(at_the_end, "a frontier that no stale entry holds back")
        assert not recorder.failures


async def test_s3_a_revoke_commits_no_further_than_the_first_unfinished(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(30), keys=30))
    gate = Gate("e3")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 29)
    frontier, _ = await cluster.committed_offset(group_of(cluster))
    assert frontier == 3
    async with running(cluster, EchoJudge(), limits=QUICK):
        await each_replied_once(cluster, 30)


async def test_s5_a_revoke_during_a_commit_does_not_stop_consumption(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=3))
    commits = HeldCommits(monkeypatch)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await until(lambda: commits.held == 1, "a transaction held open")
        async with passing_member(cluster):
            pass
        # Both topics' sessions of the first epoch, and of the one after the member has left.
        await until(lambda: len(recorder.started) >= 4, "the next epoch's sessions")
        commits.released.set()
        await cluster.publish(numbered(cluster, range(10, 20), keys=3))
        await each_replied_once(cluster, 20)


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


async def test_s7_a_call_longer_than_the_poll_interval_causes_no_rebalance(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(1)))
    limits = replace(QUICK, max_poll_interval_s=1, window_events=8)
    gate = Gate("e0")
    async with running(cluster, EchoJudge(gate), limits=limits) as recorder:
        await until(lambda: bool(gate.entered))
        await cluster.publish(numbered(cluster, range(1, 30)))
        # Long enough to leave the group thrice: the loop itself is what is waited for.
        polls = recorder.polls
        await until(lambda: recorder.polls >= polls + 20, "twenty polls of 0.2 s")
        gate.let_go("e0")
        await outcomes_reach(recorder, 30)
        assert len(recorder.assignments) == 1


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


async def test_s10_what_ends_after_a_revoke_is_published_by_one_owner_only(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=10))
    gate = Gate("e4")
    async with running(cluster, EchoJudge(gate), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 9)
        async with passing_member(cluster):
            pass
        await until(lambda: len(recorder.started) >= 3, "a session of a later epoch")
        polls = recorder.polls
        await until(lambda: recorder.polls >= polls + 5, "the record's second reading")
        gate.let_go("e4")
        await each_replied_once(cluster, 10)


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


async def test_s14_there_is_exactly_one_assignor(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[Any] = []
    client: Any = AIOKafkaConsumer
    create = client.__init__

    def watched(consumer: Any, *topics: str, **options: Any) -> None:
        if "partition_assignment_strategy" in options:
            chosen.append(options["partition_assignment_strategy"])
        create(consumer, *topics, **options)

    monkeypatch.setattr(client, "__init__", watched)
    await cluster.create_topics()
    async with running(cluster, EchoJudge(), limits=QUICK):
        assert chosen == [(RangePartitionAssignor,)]


async def test_s15_a_commit_after_a_revoke_ends_nothing_but_its_session(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once, where the group itself judges commits; another member has joined meanwhile."""
    client: Any = AIOKafkaConsumer
    commit = client.commit
    released = asyncio.Event()
    held = 0
    refused: list[str] = []

    async def commit_late(consumer: Any, offsets: Any) -> None:
        nonlocal held
        held += 1
        await released.wait()
        try:
            await commit(consumer, offsets)
        except KafkaError as error:
            refused.append(type(error).__name__)
            raise

    monkeypatch.setattr(client, "commit", commit_late)
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=3))
    limits = replace(QUICK, delivery=DeliveryMode.AT_LEAST_ONCE)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await until(lambda: held > 0, "a commit that is held")
        async with passing_member(cluster):
            released.set()
            await until(lambda: bool(refused), "its refusal")
        await cluster.publish(numbered(cluster, range(10, 20), keys=3))
        await until_all_replied(cluster, 20)
        assert {failure[1] for failure in recorder.failures} == {FailureReason.FENCED}


async def test_s16_a_session_seeks_before_it_resumes(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("seek", "resume", "pause"):
        original = getattr(AIOKafkaConsumer, name)

        def watched(consumer: Any, *places: Any, name: str = name, original: Any = original) -> Any:
            if consumer._group_id is not None:
                calls.append(name)
            return original(consumer, *places)

        monkeypatch.setattr(AIOKafkaConsumer, name, watched)
    await cluster.create_topics()
    limits = replace(QUICK, window_events=8)
    async with running(cluster, EchoJudge(), limits=limits):
        await until(lambda: "resume" in calls)
        assert calls[0] == "pause", "before anything else"
        assert calls.index("seek") < calls.index("resume")


async def test_s18_a_paused_intake_stays_paused_over_a_rebalance(cluster: Cluster) -> None:
    await cluster.create_topics()
    intake = Intake()
    async with running(cluster, EchoJudge(), limits=QUICK, intake=intake) as recorder:
        intake.pause()
        await cluster.publish(numbered(cluster, range(5)))
        async with passing_member(cluster):
            pass
        # The first epoch's two, and another one after the other member has left.
        await until(lambda: len(recorder.started) >= 3, "a session of a later epoch")
        polls = recorder.polls
        await until(lambda: recorder.polls >= polls + 10, "ten polls", timeout_s=60)
        assert not recorder.outcomes
        intake.resume()
        await each_replied_once(cluster, 5)


async def test_s20_all_sessions_share_one_deadline(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=6)
    await cluster.publish(
        [replace(record, partition=n % 6) for n, record in enumerate(numbered(cluster, range(12)))]
    )
    gate = Gate(*names(12))
    limits = replace(QUICK, drain_timeout_s=1.5)
    loop = asyncio.get_running_loop()
    async with running(cluster, EchoJudge(gate), limits=limits):
        await until(lambda: len(gate.entered) == 6)
        began = loop.time()
    assert loop.time() - began < 6 * 1.5, "six deadlines one after another would take longer"
    assert gate.cancelled


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
