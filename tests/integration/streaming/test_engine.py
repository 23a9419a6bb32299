"""The engine on a real broker: one outcome an event, in order by key, over restarts."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.events import event_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.streaming.errors import FailureReason
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.offsets.offset_map import decode_offset_map
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode
from tests.support.cluster import Cluster
from tests.support.engine import group_of, outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, Gate
from tests.support.waiting import until


async def test_each_event_has_one_reply_in_order_by_key(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=3)
    await cluster.publish(numbered(cluster, range(300), keys=7))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 300)
    replied = await replied_event_ids(cluster)
    assert sorted(replied) == sorted(f"e{number}" for number in range(300))
    for key in range(7):
        of_key = [int(name[1:]) for name in replied if int(name[1:]) % 7 == key]
        assert of_key == sorted(of_key)


async def test_a_slow_event_holds_back_no_other_key(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(20), keys=20))
    gate = Gate("e0")
    async with running(cluster, EchoJudge(gate)) as recorder:
        await outcomes_reach(recorder, 19)
        assert "e0" not in await replied_event_ids(cluster)
        offset, metadata = await cluster.committed_offset(group_of(cluster))
        assert offset == 0
        assert decode_offset_map(0, metadata) == ((1, 20),)
        gate.let_go("e0")
        await outcomes_reach(recorder, 20)
    assert await cluster.committed_offset(group_of(cluster)) == (20, "")


async def test_what_was_published_ahead_is_not_done_again_after_a_restart(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(20), keys=20))
    limits = StreamLimits(drain_timeout_s=0.2)
    first = EchoJudge(gate := Gate("e0"))
    async with running(cluster, first, limits=limits) as recorder:
        await outcomes_reach(recorder, 19)
    assert gate.cancelled == {"e0"}, "what still ran at the deadline is cancelled"
    second = EchoJudge()
    async with running(cluster, second, limits=limits) as recorder:
        await outcomes_reach(recorder, 1)
        assert recorder.started[0][1:] == (0, 19)
    assert second.calls == ["e0"]
    assert sorted(await replied_event_ids(cluster)) == sorted(f"e{n}" for n in range(20))


async def test_a_drain_lets_running_judges_end(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(2), keys=2))
    gate = Gate("e0", "e1")
    async with running(cluster, EchoJudge(gate)) as recorder:
        await until(lambda: gate.entered == {"e0", "e1"})
        asyncio.get_running_loop().call_later(0.3, gate.let_go, "e0")
        asyncio.get_running_loop().call_later(0.3, gate.let_go, "e1")
    assert sorted(await replied_event_ids(cluster)) == ["e0", "e1"]
    assert not gate.cancelled
    assert len(recorder.outcomes) == 2


async def test_a_judge_that_fails_in_passing_is_tried_again_and_its_key_waits(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(4), keys=2))
    failures = iter([RuntimeError("once"), RuntimeError("twice")])

    async def fail_twice(event: FeedbackEvent) -> None:
        if event.event_id == "e0" and (error := next(failures, None)):
            raise error

    judge = EchoJudge(fail_twice)
    limits = StreamLimits(retry=RetryPolicy(attempts=3, first_delay_s=0.05))
    async with running(cluster, judge, limits=limits) as recorder:
        await outcomes_reach(recorder, 4)
    assert judge.calls.count("e0") == 3
    assert judge.calls.index("e2") > 2, "e2 waits behind e0, its key's earlier event"
    assert [retry[1] for retry in recorder.retries] == [1, 2]
    replied = await replied_event_ids(cluster)
    assert replied.index("e0") < replied.index("e2")


async def test_a_duplicate_is_acknowledged_without_output(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, [0, 1, 0], keys=1))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 3)
    await cluster.publish(numbered(cluster, [1, 2], keys=1))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 2)
    assert await replied_event_ids(cluster) == ["e0", "e1", "e2"]


async def test_an_unreadable_map_of_another_client_counts_as_its_offset_alone(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    await cluster.commit_offset(group_of(cluster), 1, "somebody else's words")
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 2)
    assert recorder.unreadable_maps
    assert await replied_event_ids(cluster) == ["e1", "e2"]


async def test_an_idle_transactional_topic_has_no_lag(cluster: Cluster) -> None:
    """S19: the marker behind the last record is crossed."""
    await cluster.create_topics()
    await cluster.publish_in_transaction(numbered(cluster, range(3)))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 3)

        async def committed_behind_the_marker() -> bool:
            return (await cluster.committed_offset(group_of(cluster)))[0] == 4

        await until(committed_behind_the_marker, "the marker to be crossed")


async def test_two_consumers_share_the_partitions_and_hand_them_over(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=4)
    await cluster.publish(numbered(cluster, range(200), keys=20))

    async def short_work(_event: FeedbackEvent) -> None:
        await asyncio.sleep(0.005)

    async with running(cluster, EchoJudge(short_work)) as first:
        async with running(cluster, EchoJudge(short_work)) as second:
            await cluster.publish(numbered(cluster, range(200, 400), keys=20))
            await until(lambda: len(first.outcomes) + len(second.outcomes) >= 400)
            assert second.outcomes
        await cluster.publish(numbered(cluster, range(400, 500), keys=20))
        await until(lambda: len(first.outcomes) + len(second.outcomes) >= 500)
    assert not first.failures
    assert not second.failures
    replied = await replied_event_ids(cluster)
    assert sorted(replied) == sorted(f"e{number}" for number in range(500))
    for key in range(20):
        of_key = [int(name[1:]) for name in replied if int(name[1:]) % 20 == key]
        assert of_key == sorted(of_key)


AT_LEAST_ONCE = StreamLimits(delivery=DeliveryMode.AT_LEAST_ONCE, drain_timeout_s=0.2)


async def test_at_least_once_publishes_at_once_and_keeps_the_map(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(20), keys=20))
    async with running(cluster, EchoJudge(Gate("e0")), limits=AT_LEAST_ONCE) as recorder:
        await outcomes_reach(recorder, 19)
    offset, metadata = await cluster.committed_offset(group_of(cluster))
    assert decode_offset_map(offset, metadata) == ((1, 20),)
    second = EchoJudge()
    async with running(cluster, second, limits=AT_LEAST_ONCE) as recorder:
        await outcomes_reach(recorder, 1)
    assert second.calls == ["e0"]
    assert sorted(await replied_event_ids(cluster)) == sorted(f"e{n}" for n in range(20))


async def test_at_least_once_waits_for_no_commit_interval(cluster: Cluster) -> None:
    await cluster.create_topics()
    limits = StreamLimits(delivery=DeliveryMode.AT_LEAST_ONCE, commit_interval_s=20)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await cluster.publish(numbered(cluster, range(1)))
        await outcomes_reach(recorder, 1)
        await cluster.publish(numbered(cluster, range(1, 3)))

        async def replied() -> bool:
            return await replied_event_ids(cluster) == ["e0", "e1", "e2"]

        await until(replied, "the replies", timeout_s=10)
        assert len(recorder.outcomes) == 1, "their commit is still to come"


async def test_an_outcome_that_the_broker_refuses_is_found_and_set_aside(cluster: Cluster) -> None:
    """The replies topic takes less than it should: the one large reply must stop nobody else."""
    await cluster.create_topics()
    await cluster.set_topic_config(cluster.topics.replies, {"max.message.bytes": "20000"})
    records = numbered(cluster, range(12), keys=3)
    large = FeedbackEvent(event_id="e5", customer_id="c2", text="x" * 40_000)
    records[5] = event_record(cluster.topics.events, large, datetime.now(UTC))
    await cluster.publish(records)
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 12)
    assert {failure[1] for failure in recorder.failures} == {FailureReason.REFUSED}
    replied = await replied_event_ids(cluster)
    assert sorted(replied) == sorted(f"e{number}" for number in range(12) if number != 5)
    assert [name for name in replied if int(name[1:]) % 3 == 2] == ["e2", "e8", "e11"]
    [letter] = await cluster.read_committed(cluster.topics.dead_letters)
    assert read_dead_letter(letter).fault is Fault.PUBLISH_REFUSED
    assert letter.value == records[5].value


@pytest.mark.parametrize("is_valid", [False, True], ids=["invalid", "its reply refused too"])
async def test_a_dead_letter_that_its_topic_refuses_goes_without_the_value(
    cluster: Cluster, is_valid: bool
) -> None:
    """Topics that others have made, with their own limit: its partition must not stand for ever."""
    await cluster.create_topics()
    for topic in (cluster.topics.replies, cluster.topics.dead_letters):
        await cluster.set_topic_config(topic, {"max.message.bytes": "20000"})
    text = "x" * 40_000
    large = FeedbackEvent(event_id="e0", customer_id="c", text=text)
    record = event_record(cluster.topics.events, large, datetime.now(UTC))
    if not is_valid:
        record = replace(record, value=text.encode())
    await cluster.publish([record, *numbered(cluster, range(1, 3))])
    async with running(cluster, EchoJudge()) as recorder:
        await until(lambda: len(recorder.outcomes) == 3, "every outcome", timeout_s=60)
    [letter] = await cluster.read_committed(cluster.topics.dead_letters)
    told = read_dead_letter(letter)
    assert told.omitted
    assert told.fault is (Fault.PUBLISH_REFUSED if is_valid else Fault.NOT_JSON)
    assert sorted(await replied_event_ids(cluster)) == ["e1", "e2"]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_publishers_may_compress_as_they_like(cluster: Cluster, codec: str) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(20)), compression=codec)
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 20)
    assert not recorder.polls_failed
