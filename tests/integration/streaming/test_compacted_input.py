"""S11: an input log that the broker really compacts: the frontier crosses what is gone."""

from collections.abc import Mapping
from dataclasses import replace

from stream_service.contracts.record import OutputRecord
from tests.support.cluster import Cluster
from tests.support.engine import QUICK, group_of, outcomes_reach, replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, Gate
from tests.support.waiting import until


def keyed(cluster: Cluster, numbers: range, keys: Mapping[int, bytes]) -> list[OutputRecord]:
    """Events of the key "often", but for the numbers in ``keys``."""
    return [
        replace(record, key=keys.get(number, b"often"))
        for number, record in zip(numbers, numbered(cluster, numbers), strict=True)
    ]


async def the_end_is_committed(cluster: Cluster, end: int) -> None:
    async def committed() -> bool:
        return (await cluster.committed_offset(group_of(cluster)))[0] == end

    await until(committed, f"a commit of {end}")


async def test_s11_what_compaction_left_is_judged_and_its_gaps_are_crossed(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(keyed(cluster, range(60), {5: b"once", 20: b"twice", 40: b"twice"}))
    (last,) = keyed(cluster, range(60, 61), {60: b"last"})
    await cluster.compact_events(last)
    async with running(cluster, EchoJudge(), limits=QUICK):
        await the_end_is_committed(cluster, 61)
    assert sorted(await replied_event_ids(cluster)) == ["e40", "e5", "e59", "e60"]


async def test_s11_an_unfinished_record_that_compaction_removed_holds_the_frontier_no_longer(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    await cluster.publish(keyed(cluster, range(30), {3: b"held"}))
    async with running(cluster, EchoJudge(Gate("e3")), limits=QUICK) as recorder:
        await outcomes_reach(recorder, 29)
    frontier, completed_ahead = await cluster.committed_offset(group_of(cluster))
    assert frontier == 3
    assert completed_ahead
    # The held key's next record makes the broker drop the one that is not done.
    await cluster.publish(keyed(cluster, range(30, 31), {30: b"held"}))
    (last,) = keyed(cluster, range(31, 32), {31: b"last"})
    await cluster.compact_events(last)
    judge = EchoJudge()
    async with running(cluster, judge, limits=QUICK):
        await the_end_is_committed(cluster, 32)
    assert judge.calls == ["e30", "e31"], "what was done ahead is not judged again"
