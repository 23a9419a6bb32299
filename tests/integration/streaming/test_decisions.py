"""Reviewers' decisions: the first one of an item wins, over restarts, and sends the reply."""

from collections.abc import Sequence

import pytest
from aiokafka.conn import AIOKafkaProtocol

from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.faults import Fault
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.reply import Origin, Reply
from stream_service.contracts.review import ReviewPointer
from stream_service.contracts.review_result import DecisionOutcome, ReviewResult
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.outcome import OutcomeKind
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode
from tests.support.cluster import Cluster
from tests.support.decisions import decision, review_places
from tests.support.engine import Recorder, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.unreadable_batches import damage
from tests.support.waiting import until

AT_LEAST_ONCE = StreamLimits(delivery=DeliveryMode.AT_LEAST_ONCE)


async def make_reviews(cluster: Cluster, recorder: Recorder, count: int) -> None:
    await cluster.publish(numbered(cluster, range(count), keys=count, rating=1))
    await outcomes_reach(recorder, count)


async def human_replies(cluster: Cluster) -> list[Reply]:
    replies = [
        decode(Reply, record.value)
        for record in await cluster.read_committed(cluster.topics.replies)
    ]
    assert all(reply.origin is Origin.HUMAN for reply in replies)
    return replies


async def results(cluster: Cluster) -> Sequence[ReviewResult]:
    records = await cluster.read_committed(cluster.topics.review_results)
    return [decode(ReviewResult, record.value) for record in records]


async def test_accept_edit_response_and_ignore(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=3)
    async with running(cluster, EchoJudge()) as recorder:
        await make_reviews(cluster, recorder, 4)
        places = await review_places(cluster)
        await cluster.publish(
            [
                decision(cluster, "e0", places["e0"], "d0"),
                decision(cluster, "e1", places["e1"], "d1", kind="edit", text="edited"),
                decision(cluster, "e2", places["e2"], "d2", kind="response", text="mine"),
                decision(cluster, "e3", places["e3"], "d3", kind="ignore"),
            ]
        )
        await outcomes_reach(recorder, 8)
    texts = {reply.event_id: reply.text for reply in await human_replies(cluster)}
    assert texts == {"e0": "text 0", "e1": "edited", "e2": "mine"}
    outcomes = {result.decision_id: result for result in await results(cluster)}
    assert set(outcomes) == {"d0", "d1", "d2", "d3"}
    assert {result.outcome for result in outcomes.values()} == {DecisionOutcome.APPLIED}
    assert outcomes["d3"].applied.reply_id is None
    kinds = [outcome.kind for outcome in recorder.outcomes]
    assert kinds.count(OutcomeKind.REPLIED) == 3
    assert kinds.count(OutcomeKind.IGNORED) == 1


async def test_the_first_decision_wins_and_the_same_one_gets_the_same_result(
    cluster: Cluster,
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()) as recorder:
        await make_reviews(cluster, recorder, 1)
        place = (await review_places(cluster))["e0"]
        await cluster.publish(
            [
                decision(cluster, "e0", place, "first", kind="edit", text="the first"),
                decision(cluster, "e0", place, "second", kind="edit", text="the second"),
                decision(cluster, "e0", place, "first", kind="edit", text="the first"),
            ]
        )
        await outcomes_reach(recorder, 4)
    assert [reply.text for reply in await human_replies(cluster)] == ["the first"]
    told = [(result.decision_id, result.outcome.value) for result in await results(cluster)]
    assert told == [("first", "applied"), ("second", "superseded"), ("first", "applied")]


async def test_the_first_decision_still_wins_after_a_restart(cluster: Cluster) -> None:
    await cluster.create_topics(partitions=2)
    async with running(cluster, EchoJudge()) as recorder:
        await make_reviews(cluster, recorder, 3)
        places = await review_places(cluster)
        await cluster.publish(
            [decision(cluster, name, place, f"d-{name}") for name, place in places.items()]
        )
        await outcomes_reach(recorder, 6)
    async with running(cluster, EchoJudge()) as recorder:
        await cluster.publish(
            [
                decision(cluster, name, place, f"late-{name}", kind="edit", text="too late")
                for name, place in places.items()
            ]
        )
        await outcomes_reach(recorder, 3)
    assert len(await human_replies(cluster)) == 3
    superseded = [result for result in await results(cluster) if result.outcome == "superseded"]
    assert {result.applied.decision_id for result in superseded} == {"d-e0", "d-e1", "d-e2"}


async def test_an_item_that_a_disk_has_damaged_holds_up_no_other_decision(
    kafka: EmbeddedKafka, cluster: Cluster
) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()) as recorder:
        # Each in a transaction of its own, and so in a batch of its own.
        for number in range(2):
            await cluster.publish(numbered(cluster, [number], keys=1, rating=1))
            await outcomes_reach(recorder, number + 1)
        places = await review_places(cluster)
        damage(kafka, cluster.topics.reviews, places["e0"][0], b"text 0")
        await cluster.publish(
            [decision(cluster, name, place, f"d-{name}") for name, place in places.items()]
        )
        await outcomes_reach(recorder, 4)
    assert [reply.event_id for reply in await human_replies(cluster)] == ["e1"]
    [record] = await cluster.read_committed(cluster.topics.dead_letters)
    letter = read_dead_letter(record)
    assert letter.fault is Fault.REVIEW_UNAVAILABLE
    assert "has a wrong checksum" in letter.message
    assert not recorder.failures


async def test_a_decision_in_the_wrong_partition_is_handed_on(cluster: Cluster) -> None:
    """Clients place keys differently; two decisions of one item must meet all the same."""
    await cluster.create_topics(partitions=3)
    async with running(cluster, EchoJudge()) as recorder:
        await make_reviews(cluster, recorder, 1)
        place = (await review_places(cluster))["e0"]
        await cluster.publish(
            [decision(cluster, "e0", place, f"d{number}", partition=number) for number in range(3)]
        )

        async def all_told() -> bool:
            return len(await results(cluster)) == 3

        await until(all_told, "three results")
    assert len(await human_replies(cluster)) == 1
    told = [result.outcome.value for result in await results(cluster)]
    assert sorted(told) == ["applied", "superseded", "superseded"]
    kinds = [outcome.kind for outcome in recorder.outcomes]
    assert kinds.count(OutcomeKind.FORWARDED) == 2


async def test_what_points_at_no_review_becomes_a_dead_letter(cluster: Cluster) -> None:
    await cluster.create_topics()
    async with running(cluster, EchoJudge()) as recorder:
        await make_reviews(cluster, recorder, 2)
        places = await review_places(cluster)
        await cluster.publish(
            [
                decision(cluster, "e0", places["e1"], "other event's"),
                decision(cluster, "e0", (0, 10_000), "beyond the end"),
                decision(cluster, "e0", (99, 0), "no such partition"),
                decision(cluster, "e0", places["e0"], "wrong key", key=b"customer"),
                decision(cluster, "e0", places["e0"], "no text", kind="edit"),
                decision(cluster, "e0", places["e0"], "good"),
            ]
        )
        await outcomes_reach(recorder, 8)
    letters = [
        read_dead_letter(record)
        for record in await cluster.read_committed(cluster.topics.dead_letters)
    ]
    assert [letter.fault for letter in letters].count(Fault.REVIEW_UNAVAILABLE) == 3
    assert [letter.fault for letter in letters].count(Fault.INVALID_FIELD) == 2
    assert {letter.topic for letter in letters} == {cluster.topics.review_decisions}
    assert len(await human_replies(cluster)) == 1


async def test_fetching_an_item_brings_its_batch_and_not_a_megabyte_of_what_follows(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each decision read megabytes and threw them away: CPU, and memory that grew for hours."""
    await cluster.create_topics()
    reviews = cluster.topics.reviews
    for _ in range(20):
        await cluster.publish_values(*10 * [b"x" * 5_000], topic=reviews)
    received = 0
    pass_on = AIOKafkaProtocol.data_received

    def counted(protocol: AIOKafkaProtocol, data: bytes) -> None:
        nonlocal received
        received += len(data)
        pass_on(protocol, data)

    monkeypatch.setattr(AIOKafkaProtocol, "data_received", counted)
    fetcher = ReviewFetcher(cluster.connection, reviews)
    try:
        for offset in (15, 3):
            found = await fetcher.fetch(ReviewPointer(partition=0, offset=offset))
            assert found is not None
            assert (found.offset, len(found.value or b"")) == (offset, 5_000)
    finally:
        await fetcher.aclose()
    # Two items with those that were published with them, and what the client asks besides; by its
    # own default it were four megabytes.
    assert 10_000 < received < 200_000


async def test_an_item_in_a_partition_that_was_added_is_found(cluster: Cluster) -> None:
    """It was a decision refused as one on an item that does not exist, for up to five minutes."""
    await cluster.create_topics()
    reviews = cluster.topics.reviews
    await cluster.publish_values(b"first", topic=reviews)
    fetcher = ReviewFetcher(cluster.connection, reviews)
    try:
        assert await fetcher.fetch(ReviewPointer(partition=0, offset=0))
        await cluster.add_partitions(3, topic=reviews)
        items = [OutputRecord(topic=reviews, key=b"%d" % key, value=b"later") for key in range(30)]
        places = await cluster.publish(items)
        partition, offset = next(place for place in places if place[0] == 2)
        found = await fetcher.fetch(ReviewPointer(partition=partition, offset=offset))
        assert found is not None
        assert (found.partition, found.offset, found.value) == (partition, offset, b"later")
        assert await fetcher.fetch(ReviewPointer(partition=3, offset=0)) is None
    finally:
        await fetcher.aclose()


async def test_at_least_once_remembers_no_decision_whose_reply_is_not_there(
    cluster: Cluster,
) -> None:
    """The replies topic does not take it: whoever reads the decision again must not find it made.

    The same where a worker dies, or the replies have no leader, between the two.
    """
    await cluster.create_topics()
    async with running(cluster, EchoJudge(), limits=AT_LEAST_ONCE) as recorder:
        await make_reviews(cluster, recorder, 1)
        place = (await review_places(cluster))["e0"]
        await cluster.set_topic_config(cluster.topics.replies, {"max.message.bytes": "20000"})
        made = decision(cluster, "e0", place, "d0", kind="response", text="x" * 30_000)
        await cluster.publish([made])
        await outcomes_reach(recorder, 2)
    [letter] = await cluster.read_committed(cluster.topics.dead_letters)
    assert read_dead_letter(letter).fault is Fault.PUBLISH_REFUSED
    assert letter.value == made.value
    assert await results(cluster) == []
    assert await cluster.read_committed(cluster.topics.review_state) == []
