"""Decisions and what became of them."""

from stream_service.console.projection.facts.documents import (
    DecisionDocument,
    ResultDocument,
    milliseconds,
    read_document,
)
from stream_service.console.projection.facts.rows import Rows, published_ms, storable, total
from stream_service.contracts.record import InputRecord


def read_decision(record: InputRecord, rows: Rows) -> None:
    """Add a decision, whoever published it."""
    decision = read_document(DecisionDocument, record.value)
    rows.decisions.append(
        {
            "decision_id": decision.decision_id,
            "event_id": decision.event_id,
            "published_ms": published_ms(record),
            "type": decision.type,
            "reviewer": decision.reviewer,
            "text": None if decision.text is None else storable(decision.text),
        }
    )
    rows.touched_reviews.add(decision.event_id)


def read_result(record: InputRecord, rows: Rows) -> None:
    """Add a decision's result, and the decision that counts."""
    result = read_document(ResultDocument, record.value)
    at_ms, applied = published_ms(record), result.applied
    rows.fates.append(
        {
            "decision_id": result.decision_id,
            "event_id": result.event_id,
            "published_ms": at_ms,
            "outcome": result.outcome,
            "fault": None,
        }
    )
    rows.applied.append(
        {
            "event_id": result.event_id,
            "published_ms": at_ms,
            "decision_id": applied.decision_id,
            "type": applied.type,
            "reviewer": applied.reviewer,
            "decided_ms": milliseconds(applied.decided_at),
            "reply_id": applied.reply_id,
        }
    )
    rows.touched_reviews.add(result.event_id)
    rows.totals.append(total(record, result.outcome))
