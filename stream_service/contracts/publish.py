"""The records that carry an outcome."""

from datetime import datetime

from stream_service.contracts.cloudevents import binary_headers
from stream_service.contracts.codec import encode
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.reply import REPLY_TYPE, Reply
from stream_service.contracts.review import REVIEW_TYPE, ReviewItem
from stream_service.contracts.review_result import (
    RESULT_TYPE,
    STATE_TYPE,
    ReviewResult,
    ReviewState,
)
from stream_service.contracts.topics import Topics
from stream_service.contracts.trace_context import with_traceparent
from stream_service.contracts.verdict import Verdict


def verdict_record(topics: Topics, verdict: Verdict, traceparent: str | None) -> OutputRecord:
    """The record that publishes ``verdict``, with this one trace context."""
    match verdict:
        case Reply():
            topic, key = topics.replies, verdict.customer_id or verdict.event_id
            identifier, kind = verdict.reply_id, REPLY_TYPE
        case ReviewItem():
            topic, key = topics.reviews, verdict.event_id
            identifier, kind = verdict.review_id, REVIEW_TYPE
    headers = binary_headers(event_id=identifier, event_type=kind, time=verdict.created_at)
    return OutputRecord(
        topic=topic,
        key=key.encode(),
        value=encode(verdict),
        headers=with_traceparent(headers, traceparent),
    )


def state_record(topics: Topics, state: ReviewState, partition: int) -> OutputRecord:
    """The record that remembers an item's decision, in its decision's own partition."""
    headers = binary_headers(
        event_id=state.decision_id, event_type=STATE_TYPE, time=state.decided_at
    )
    return OutputRecord(
        topic=topics.review_state,
        key=state.event_id.encode(),
        value=encode(state),
        headers=headers,
        partition=partition,
    )


def forgotten_state_record(topics: Topics, event_id: str, partition: int) -> OutputRecord:
    """The tombstone of an item whose review is past its retention."""
    return OutputRecord(
        topic=topics.review_state, key=event_id.encode(), value=None, partition=partition
    )


def result_record(
    topics: Topics, result: ReviewResult, now: datetime, traceparent: str | None
) -> OutputRecord:
    """The record that tells what became of a decision."""
    headers = binary_headers(event_id=result.decision_id, event_type=RESULT_TYPE, time=now)
    return OutputRecord(
        topic=topics.review_results,
        key=result.event_id.encode(),
        value=encode(result),
        headers=with_traceparent(headers, traceparent),
    )
