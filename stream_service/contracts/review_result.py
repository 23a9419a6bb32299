"""What becomes of a decision: the state that remembers it, and the result that tells of it."""

from enum import StrEnum

from stream_service.contracts.feedback import Moment
from stream_service.contracts.model import WireModel
from stream_service.contracts.review import DecisionType, ReviewPointer

RESULT_TYPE = "stream-service.feedback.review-result.v1"
STATE_TYPE = "stream-service.feedback.review-state.v1"


class DecisionOutcome(StrEnum):
    """Whether a decision was the one that counted."""

    APPLIED = "applied"
    """It was the item's first decision; the reply, if there is one, has gone out."""
    SUPERSEDED = "superseded"
    """Another decision came before it; nothing was sent."""


class ReviewState(WireModel):
    """The decision that counts for an item; what the compacted state topic remembers."""

    event_id: str
    decision_id: str
    type: DecisionType
    review: ReviewPointer
    reply_id: str | None = None
    """Of the reply that went out; null where the item was ignored."""
    reviewer: str | None = None
    decided_at: Moment


class ReviewResult(WireModel):
    """What became of one decision. The same decision sent again gets the same result again."""

    event_id: str
    decision_id: str
    outcome: DecisionOutcome
    applied: ReviewState
    """The decision that counts: this one, or the one before it."""
