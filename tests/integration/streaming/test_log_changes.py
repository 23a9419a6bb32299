"""The log changes under the group's feet: nothing is passed over, and nothing jumps to the end."""

from dataclasses import replace

import pytest

from stream_service.streaming.errors import FailureReason
from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import group_of, outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, Gate
from tests.support.waiting import until

LIMITS = StreamLimits(session_timeout_s=6, metadata_max_age_s=1)


async def test_records_that_retention_removed_are_crossed(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    await cluster.commit_offset(group_of(cluster), 2, "")
    await cluster.delete_records_below(6)
    async with running(cluster, EchoJudge(), limits=LIMITS) as recorder:
        await outcomes_reach(recorder, 4)
    assert await replied_event_ids(cluster) == [f"e{number}" for number in range(6, 10)]
    assert (await cluster.committed_offset(group_of(cluster)))[0] == 10


async def test_a_commit_beyond_the_log_is_not_believed_forever(cluster: Cluster) -> None:
    """The topic was created anew under its commit: every record of the new one is read."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    await cluster.commit_offset(group_of(cluster), 1_000, "")
    async with running(cluster, EchoJudge(), limits=LIMITS) as recorder:
        await outcomes_reach(recorder, 5)
    assert {failure[1] for failure in recorder.failures} == {FailureReason.LOG_RESET}
    assert recorder.log_resets == [(1_000, 5, 0)]
    assert len(await replied_event_ids(cluster)) == 5


@pytest.mark.parametrize("duplicate_offsets", [0, 4])
async def test_of_a_log_that_was_cut_short_only_the_end_is_judged_again(
    cluster: Cluster, duplicate_offsets: int
) -> None:
    """A leader that lacked the last records: nearly all that is left was done."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    await cluster.delete_records_below(4)
    await cluster.commit_offset(group_of(cluster), 12, "")
    # However far back duplicates are looked for.
    limits = replace(LIMITS, duplicate_offsets=duplicate_offsets, read_again_offsets=2)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await until(lambda: bool(recorder.log_resets), "the log's end to be believed")
        await cluster.publish(numbered(cluster, range(10, 13)))
        await outcomes_reach(recorder, 5)
    assert recorder.log_resets == [(12, 10, 8)]
    assert await replied_event_ids(cluster) == [f"e{number}" for number in range(8, 13)]


async def test_what_is_believed_of_a_log_is_kept_before_anything_is_judged(
    cluster: Cluster,
) -> None:
    """Else who comes next takes a log that has grown meanwhile for the one of the old commit."""
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    await cluster.delete_records_below(4)
    await cluster.commit_offset(group_of(cluster), 12, "")
    gate = Gate("e8")
    limits = replace(LIMITS, read_again_offsets=2, drain_timeout_s=0.1)
    async with running(cluster, EchoJudge(gate), limits=limits) as recorder:
        await until(lambda: bool(recorder.log_resets), "the log's end to be believed")
        await until(lambda: bool(gate.entered), "an event of the log's end")
    await cluster.publish(numbered(cluster, range(10, 15)))
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        await outcomes_reach(recorder, 7)
    assert await replied_event_ids(cluster) == [f"e{number}" for number in range(8, 15)]


async def test_a_commit_behind_an_open_transaction_is_no_sign_of_a_log_cut_short(
    cluster: Cluster,
) -> None:
    """Whoever sets the group to the latest sets it to the log's end; publishers' transactions that
    are open then stand before it.
    """
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10)))
    async with cluster.open_transaction(numbered(cluster, range(10, 12))) as transaction:
        await cluster.commit_offset(group_of(cluster), 12, "")
        async with running(cluster, EchoJudge(), limits=LIMITS) as recorder:
            await until(lambda: len(recorder.started) == 2, "both sessions")
            await transaction.commit_transaction()
            await cluster.publish(numbered(cluster, range(20, 21)))
            await outcomes_reach(recorder, 1)
    assert recorder.log_resets == []
    assert recorder.failures == []
    assert await replied_event_ids(cluster) == ["e20"]


async def test_a_group_without_a_commit_tells_what_it_is_going_to_read(cluster: Cluster) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(5)))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 5)
    [(partition, beginning, end)] = recorder.begun_without_commit
    assert (partition.topic, beginning, end) == (cluster.topics.events, 0, 5)
    async with running(cluster, EchoJudge()) as recorder:
        await until(lambda: len(recorder.started) == 2, "both sessions")
    assert recorder.begun_without_commit == []


async def test_a_topic_created_anew_under_a_running_worker_is_read_from_its_beginning(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(20)))
    async with running(cluster, EchoJudge(), limits=LIMITS) as recorder:
        await outcomes_reach(recorder, 20)
        await cluster.recreate_events()
        await cluster.publish(numbered(cluster, range(100, 105)))

        async def read_anew() -> bool:
            return len(await replied_event_ids(cluster)) == 25

        await until(read_anew, "the new topic's records", timeout_s=60)
    assert sorted((await replied_event_ids(cluster))[20:]) == [f"e{n}" for n in range(100, 105)]


async def test_partitions_added_while_running_are_read_from_their_beginning(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge(), limits=LIMITS) as recorder:
        await cluster.publish(numbered(cluster, range(10), keys=10))
        await outcomes_reach(recorder, 10)
        await cluster.add_partitions(3)
        places = await cluster.publish(numbered(cluster, range(10, 40), keys=30))
        assert {partition for partition, _ in places} == {0, 1, 2}
        await outcomes_reach(recorder, 40)
    assert len(set(await replied_event_ids(cluster))) == 40
