"""All that a run left in its topics, read by a read_committed consumer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import read_dead_letter, redrive_count
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord
from stream_service.contracts.reply import Origin, Reply
from stream_service.contracts.review import ReviewDecision, ReviewItem
from stream_service.contracts.review_result import DecisionOutcome, ReviewResult
from tests.chaos.checker import Input, Output, Place
from tests.soak.checker import (
    Decided,
    DecisionRecord,
    Occurrence,
    ResultRecord,
    repeated_places,
)
from tests.support.cluster import Cluster

DUPLICATE_OFFSETS = 1_000
"""``consumer.duplicate_offsets`` where nobody sets it."""


@dataclass(frozen=True, slots=True)
class WhatIsThere:
    """The topics' content, in the checkers' words."""

    event_ids: Collection[str]
    """Of all events that the input topic holds."""
    inputs: Sequence[Input]
    """What must have an outcome; an input's number is its index in the topic as it was read."""
    repeated: Collection[Place]
    """What must have none: the same event stands before it."""
    outputs: Sequence[Output]
    decided: Decided


async def read_back(cluster: Cluster) -> WhatIsThere:
    """Read everything, once."""
    topics = cluster.topics
    events = await cluster.read_committed(topics.events)
    replies = await cluster.read_committed(topics.replies)
    reviews = await cluster.read_committed(topics.reviews)
    letters = await cluster.read_committed(topics.dead_letters)
    decisions = await cluster.read_committed(topics.review_decisions)
    results = await cluster.read_committed(topics.review_results)

    occurrences = [_occurrence(record) for record in events]
    repeated = repeated_places(occurrences, DUPLICATE_OFFSETS)
    sent = [(_place(record), decode(Reply, record.value)) for record in replies]
    items = [(_place(record), decode(ReviewItem, record.value)) for record in reviews]
    set_aside = [(_place(record), read_dead_letter(record)) for record in letters]
    of_events = [(place, one) for place, one in set_aside if one.topic == topics.events]
    return WhatIsThere(
        event_ids={one.identity[0] for one in occurrences if one.identity is not None},
        inputs=[
            Input(one.place, record.key, number, is_dead_letter=one.identity is None)
            for number, (record, one) in enumerate(zip(events, occurrences, strict=True))
            if one.place not in repeated
        ],
        repeated=repeated,
        outputs=[
            *(
                Output(Place(reply.source.partition, reply.source.offset), False, place)
                for place, reply in sent
                if reply.origin is Origin.AUTO
            ),
            *(
                Output(
                    Place(item.source.partition, item.source.offset), False, place, is_review=True
                )
                for place, item in items
            ),
            *(Output(Place(one.partition, one.offset), True, place) for place, one in of_events),
        ],
        decided=Decided(
            drafts={item.event_id: item.action_request.args.text for _, item in items},
            decisions=list(_decisions(decisions)),
            refused={
                Place(one.partition, one.offset)
                for _, one in set_aside
                if one.topic == topics.review_decisions
            },
            results=[_result(decode(ReviewResult, record.value)) for record in results],
            human_replies=[
                (reply.event_id, reply.text) for _, reply in sent if reply.origin is Origin.HUMAN
            ],
        ),
    )


def _place(record: InputRecord) -> Place:
    return Place(record.partition, record.offset)


def _occurrence(record: InputRecord) -> Occurrence:
    try:
        event = decode_event(record)
    except InvalidRecord:
        return Occurrence(_place(record), None)
    return Occurrence(_place(record), (event.event_id or "", redrive_count(record.headers)))


def _decisions(records: Iterable[InputRecord]) -> Iterable[DecisionRecord]:
    for record in records:
        one = decode(ReviewDecision, record.value)
        yield DecisionRecord(
            _place(record), one.event_id, one.decision_id, one.type.value, one.args.text
        )


def _result(result: ReviewResult) -> ResultRecord:
    return ResultRecord(
        result.event_id,
        result.decision_id,
        result.outcome is DecisionOutcome.APPLIED,
        result.applied.decision_id,
    )
