"""The JSON that the gateway answers with and takes, beside the contracts' own documents."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Base: docstrings become descriptions."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class AcceptedFeedback(Shape):
    """An event that Kafka has acknowledged."""

    event_id: str
    status: str = "accepted"
    repeated: bool = False
    """Whether an earlier request with the same Idempotency-Key had published it."""


class RowAnswer(Shape):
    """The fate of one row."""

    row: int
    """From 1."""
    status: str
    """``accepted``, ``refused`` (it is wrong, and would be again) or ``failed`` (send it again)."""
    event_id: str | None = None
    field: str | None = None
    detail: str | None = None
    fault: str | None = None
    """The fixed name of what is wrong with a refused row, as in dead letters."""


class BatchAnswer(Shape):
    """The fate of a batch."""

    accepted: int
    refused: int
    failed: int
    rows: list[RowAnswer]


class FeedbackAnswer(Shape):
    """What became of an event."""

    event_id: str
    status: str
    """``received``, ``replied``, ``in_review``, ``ignored``, ``redriven`` or ``dead_letter``."""
    published_at: datetime | None = None
    event: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None
    review: dict[str, Any] | None = None
    dead_letter_id: str | None = None
    fault: str | None = None


class VerdictAnswer(Shape):
    """A judgement."""

    outcome: str
    """``reply`` or ``review``."""
    verdict: dict[str, Any]
    """A reply's or a review item's document, as it would stand on its topic."""


class RowVerdict(Shape):
    """The judgement of one row."""

    row: int
    status: str
    """``analyzed``, ``refused`` or ``failed``."""
    outcome: str | None = None
    verdict: dict[str, Any] | None = None
    field: str | None = None
    detail: str | None = None


class AnalysisTotals(Shape):
    """A batch in numbers."""

    rows: int
    analyzed: int
    refused: int
    failed: int
    replies: int
    reviews: int
    by_category: dict[str, int]
    by_language: dict[str, int]
    by_sentiment: dict[str, int]
    mean_judgement_ms: float | None = None


class BatchVerdicts(Shape):
    """The judgements of a batch."""

    totals: AnalysisTotals
    rows: list[RowVerdict]


class ReviewAnswer(Shape):
    """An item of the review queue."""

    event_id: str
    status: str
    """``open``, ``deciding`` (a decision is on its way) or ``decided``."""
    priority: str
    due_at: datetime
    published_at: datetime
    item: dict[str, Any]
    """The review item's document: event, analysis, draft and reasons."""


class ReviewList(Shape):
    """A page of the review queue."""

    items: list[ReviewAnswer]
    next_cursor: str | None = None
    """For the next page; null where this is the last."""


class DecisionAnswer(Shape):
    """A decision on an item."""

    decision_id: str
    type: str
    reviewer: str | None = None
    text: str | None = None
    at: datetime
    outcome: str
    """``recorded``, ``published``, ``applied``, ``superseded`` or ``refused``."""
    fault: str | None = None


class ReviewWithHistory(ReviewAnswer):
    """An item with all that was decided on it."""

    decisions: list[DecisionAnswer]
    """The oldest first."""


class DecisionRequest(Shape):
    """What a reviewer decides."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "edit", "text": "We are sorry. It is on its way."}]
        }
    )

    type: str = Field(json_schema_extra={"enum": ["accept", "edit", "response", "ignore"]})
    text: str | None = Field(default=None, max_length=50_000)
    """The reply, for ``edit`` and ``response``."""
    decision_id: str | None = Field(default=None, min_length=1, max_length=200)
    """Names the decision, so that it may be sent again; made up where it is missing."""


class RecordedDecision(Shape):
    """A decision that is written down and on its way to the engine."""

    decision_id: str
    event_id: str
    outcome: str
    """``recorded``, or what is known already where the request waited for it."""
    repeated: bool = False


class HeaderAnswer(Shape):
    """A record's header; bytes as text where they are UTF-8, and as hex."""

    name: str
    text: str | None = None
    hex: str | None = None


class BytesAnswer(Shape):
    """Bytes, as text where they are UTF-8, and as hex."""

    size: int
    text: str | None = None
    hex: str
    """The first bytes; all where ``size`` says so."""


class DeadLetterAnswer(Shape):
    """A record that could not be processed."""

    id: str
    """``partition-offset``."""
    event_id: str | None = None
    published_at: datetime
    fault: str
    error_class: str
    message: str
    field: str | None = None
    original_topic: str
    original_partition: int
    original_offset: int
    redrive_count: int
    """How often it was sent back before."""
    omitted: bool
    """Whether its bytes were too large to be carried."""
    state: str
    """``open`` or ``redriven``."""
    redriven_at: datetime | None = None
    redriven_by: str | None = None


class DeadLetterList(Shape):
    """A page of dead letters."""

    items: list[DeadLetterAnswer]
    next_cursor: str | None = None


class DeadLetterWithBytes(DeadLetterAnswer):
    """A dead letter with its bytes."""

    key: BytesAnswer | None = None
    value: BytesAnswer | None = None
    headers: list[HeaderAnswer]


class RedriveRequest(Shape):
    """How a dead letter is sent back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"value": '{"text":"mended"}'}]})

    value: str | None = Field(default=None, max_length=1_000_000)
    """The mended value, as text; its own bytes where it is missing."""


class RedriveManyRequest(Shape):
    """Which dead letters are sent back as they are."""

    ids: list[str] = Field(min_length=1, max_length=100)


class RedriveAnswer(Shape):
    """A dead letter's fate."""

    id: str
    status: str
    """``redriven``, ``refused`` or, of many, ``failed`` (it was not sent back: ask again)."""
    event_id: str | None = None
    redrive_count: int | None = None
    detail: str | None = None


class RedriveManyAnswer(Shape):
    """The fates of many."""

    items: list[RedriveAnswer]


class LagAnswer(Shape):
    """One partition of one group; null is unknown, never 0."""

    group: str
    topic: str
    partition: int
    committed: int | None = None
    end: int | None = None
    lag: int | None = None
    unprocessed: int | None = None
    lag_s: float | None = None
    lost: int | None = None
    status: str | None = None


class LagGroup(Shape):
    """A consumer group."""

    name: str
    state: str
    members: int | None = None


class LagReport(Shape):
    """Lag by group and partition."""

    taken_at: datetime
    groups: list[LagGroup]
    partitions: list[LagAnswer]
    failures: dict[str, str]


class TotalAnswer(Shape):
    """Records of one kind within one step."""

    at: datetime
    outcome: str
    category: str
    """A category, or a dead letter's fault; empty where there is none."""
    count: int
    mean_latency_ms: float
    degraded: int
    cost_usd: float


class TotalsAnswer(Shape):
    """Totals over time."""

    totals: list[TotalAnswer]


class AuditAnswer(Shape):
    """One act."""

    at: datetime
    principal: str
    role: str
    action: str
    subject: str
    details: dict[str, Any]


class AuditList(Shape):
    """A page of the audit log, the newest first."""

    items: list[AuditAnswer]
    next_cursor: str | None = None


def moment(milliseconds: int) -> datetime:
    """A column's time as JSON shows it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
