"""Replies and review items."""

from stream_service.console.projection.facts.documents import (
    Made,
    ReplyDocument,
    ReviewDocument,
    Timed,
    milliseconds,
    read_whole_document,
)
from stream_service.console.projection.facts.rows import Rows, Unreadable, published_ms, total
from stream_service.contracts.record import InputRecord
from stream_service.contracts.review import Priority

RANKS = {
    Priority.URGENT.value: 0,
    Priority.HIGH.value: 1,
    Priority.NORMAL.value: 2,
    Priority.LOW.value: 3,
}
"""The queue's order."""


def read_reply(record: InputRecord, rows: Rows) -> None:
    """Add a reply."""
    reply = read_whole_document(ReplyDocument, record.value)
    at_ms = published_ms(record)
    rows.replies.append(
        {
            "event_id": reply.event_id,
            "published_ms": at_ms,
            "origin": reply.origin,
            "category": reply.analysis.category,
            "language": reply.analysis.language,
            "document": record.value,
        }
    )
    if reply.origin == "human":
        # Its judgement was counted with its review; what a person took is no latency of ours.
        rows.totals.append(total(record, "replied_by_human", category=reply.analysis.category))
        return
    rows.totals.append(
        total(
            record,
            "replied",
            category=reply.analysis.category,
            latency_ms=_latency_ms(at_ms, reply.timings),
            degraded=reply.provenance.degraded,
            cost_usd=_cost_usd(reply.provenance),
        )
    )


def read_review(record: InputRecord, rows: Rows) -> None:
    """Add a review item."""
    item = read_whole_document(ReviewDocument, record.value)
    if item.priority not in RANKS:
        raise Unreadable("priority")
    at_ms = published_ms(record)
    rows.reviews.append(
        {
            "event_id": item.event_id,
            "partition": record.partition,
            "offset": record.offset,
            "published_ms": at_ms,
            "due_ms": milliseconds(item.due_at),
            "rank": RANKS[item.priority],
            "language": item.analysis.language,
            "category": item.analysis.category,
            "reasons": f",{','.join(item.reasons)},",
            "status": "open",
        }
    )
    rows.review_documents.append(
        {"event_id": item.event_id, "published_ms": at_ms, "document": record.value}
    )
    rows.touched_reviews.add(item.event_id)
    rows.totals.append(
        total(
            record,
            "review",
            category=item.analysis.category,
            latency_ms=_latency_ms(at_ms, item.timings),
            degraded=item.provenance.degraded,
            cost_usd=_cost_usd(item.provenance),
        )
    )


def _latency_ms(published: int, timings: Timed) -> int:
    return max(0, published - milliseconds(timings.received_at))


def _cost_usd(made: Made) -> float:
    return 0.0 if made.usage is None else made.usage.cost_usd or 0.0
