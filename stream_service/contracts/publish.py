"""The records that carry an outcome."""

from stream_service.contracts.cloudevents import binary_headers
from stream_service.contracts.codec import encode
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.reply import REPLY_TYPE, Reply
from stream_service.contracts.review import REVIEW_TYPE, ReviewItem
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
