"""One record of each kind, made by the code that makes them in earnest."""

from datetime import UTC, datetime, timedelta

from stream_service.contracts.analysis import (
    Analysis,
    AspectSentiment,
    Category,
    Entity,
    FieldConfidence,
    Keyword,
    Sentiment,
    SentimentLabel,
    TextMeasures,
    Urgency,
)
from stream_service.contracts.cloudevents import binary_headers
from stream_service.contracts.codec import encode
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.events import event_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Provenance, Source, Timings
from stream_service.contracts.publish import result_record, state_record, verdict_record
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.reply import Origin, Reply
from stream_service.contracts.review import (
    DECISION_TYPE,
    ActionRequest,
    DecisionArguments,
    DecisionType,
    DraftArguments,
    Priority,
    ReviewDecision,
    ReviewItem,
    ReviewPointer,
    ReviewReason,
)
from stream_service.contracts.review_result import DecisionOutcome, ReviewResult, ReviewState
from stream_service.contracts.topics import Topics
from stream_service.contracts.trace_context import with_traceparent

_TOPICS = Topics()
_WRITTEN_AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
_RECEIVED_AT = _WRITTEN_AT + timedelta(seconds=2)
_JUDGED_AT = _RECEIVED_AT + timedelta(milliseconds=850)
_TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

_EVENT = FeedbackEvent(
    event_id="0c6f3d1e-52d0-4f0e-9a53-6f3b1f4f7a10",
    customer_id="customer-1042",
    text="My parcel is a week late and nobody answers the phone.",
    channel="email",
    language="en",
    rating=2,
    product="delivery",
    occurred_at=_WRITTEN_AT,
    attributes={"shop": "north", "repeat_customer": True},
)
_ANALYSIS = Analysis(
    language="en",
    category=Category.COMPLAINT,
    sentiment=Sentiment(
        label=SentimentLabel.NEGATIVE,
        score=-0.6,
        aspects=(AspectSentiment(aspect="delivery", label=SentimentLabel.NEGATIVE, score=-0.7),),
    ),
    keywords=(Keyword(text="parcel", weight=1), Keyword(text="late", weight=0.8)),
    urgency=Urgency.NORMAL,
    entities=(Entity(type="product", text="parcel"),),
    summary="A parcel is a week late; the phone is not answered.",
    measures=TextMeasures(characters=54, words=11, sentences=1, frequent_words=("parcel",)),
    confidence=FieldConfidence(language=0.99, category=0.93, sentiment=0.9),
)
_DRAFT = (
    "We are sorry that your parcel is late. We are looking into it and will write to you today."
)
_PROVENANCE = Provenance(analyst="llm", model="a-model-1", prompt_version="1", playbook_version="1")
_SOURCE = Source(topic=_TOPICS.events, partition=3, offset=1_289)
_TIMINGS = Timings(
    occurred_at=_WRITTEN_AT,
    received_at=_RECEIVED_AT,
    judged_at=_JUDGED_AT,
    judgement_ms=840.5,
    nodes_ms={"measure": 1.2, "classify": 790.3},
)
_REPLY = Reply(
    reply_id="5f0d0a5e-7f0e-5d43-8a55-7f1f0b9f7f11",
    event_id="0c6f3d1e-52d0-4f0e-9a53-6f3b1f4f7a10",
    customer_id=_EVENT.customer_id,
    text=_DRAFT,
    language="en",
    strategy="apologise",
    origin=Origin.AUTO,
    analysis=_ANALYSIS,
    provenance=_PROVENANCE,
    source=_SOURCE,
    timings=_TIMINGS,
    created_at=_JUDGED_AT,
)
_REVIEW_ITEM = ReviewItem(
    review_id="b6a4c5a8-4e0c-5a8e-9d6b-0d7d1c8a2f12",
    event_id=_REPLY.event_id,
    event=_EVENT,
    analysis=_ANALYSIS,
    reasons=(ReviewReason.REPEAT_CONTACT,),
    priority=Priority.HIGH,
    due_at=_JUDGED_AT + timedelta(hours=4),
    action_request=ActionRequest(
        args=DraftArguments(text=_DRAFT, language="en", strategy="apologise")
    ),
    description="**Repeat contact.** Complaint about delivery, negative.",
    provenance=_PROVENANCE,
    source=_SOURCE,
    timings=_TIMINGS,
    created_at=_JUDGED_AT,
)
_DECIDED_AT = _JUDGED_AT + timedelta(minutes=20)
_DECISION = ReviewDecision(
    decision_id="2f7b2c6e-8b0c-4a57-8f43-3a6a8f7d1e13",
    event_id=_REPLY.event_id,
    review=ReviewPointer(partition=1, offset=77),
    type=DecisionType.EDIT,
    args=DecisionArguments(text="We are sorry. Your parcel arrives tomorrow."),
    reviewer="reviewer-7",
    decided_at=_DECIDED_AT,
)
_STATE = ReviewState(
    event_id=_DECISION.event_id,
    decision_id=_DECISION.decision_id,
    type=_DECISION.type,
    review=_DECISION.review,
    reply_id=_REPLY.reply_id,
    reviewer=_DECISION.reviewer,
    decided_at=_DECIDED_AT,
)
_RESULT = ReviewResult(
    event_id=_DECISION.event_id,
    decision_id=_DECISION.decision_id,
    outcome=DecisionOutcome.APPLIED,
    applied=_STATE,
)


def event_example() -> OutputRecord:
    """A feedback event in CloudEvents' binary mode."""
    published = event_record(_TOPICS.events, _EVENT, _WRITTEN_AT)
    return OutputRecord(
        topic=published.topic,
        key=published.key,
        value=published.value,
        headers=with_traceparent(published.headers, _TRACEPARENT),
    )


def reply_example() -> OutputRecord:
    """The reply to that event."""
    return verdict_record(_TOPICS, _REPLY, _TRACEPARENT)


def review_item_example() -> OutputRecord:
    """That event, had it gone to a person."""
    return verdict_record(_TOPICS, _REVIEW_ITEM, _TRACEPARENT)


def decision_example() -> OutputRecord:
    """What the person decided."""
    return OutputRecord(
        topic=_TOPICS.review_decisions,
        key=_DECISION.event_id.encode(),
        value=encode(_DECISION),
        headers=binary_headers(
            event_id=_DECISION.decision_id, event_type=DECISION_TYPE, time=_DECIDED_AT
        ),
    )


def review_state_example() -> OutputRecord:
    """What is remembered of that decision."""
    return state_record(_TOPICS, _STATE, partition=1)


def review_result_example() -> OutputRecord:
    """What became of that decision."""
    return result_record(_TOPICS, _RESULT, _DECIDED_AT + timedelta(seconds=1), _TRACEPARENT)


def dead_letter_example() -> OutputRecord:
    """An event without a text, set aside."""
    return _dead_letter(b'{"customer_id":"customer-1042"}', room=1_000_000)


def omitted_value_example() -> OutputRecord:
    """The same, had it been too large to be carried."""
    return _dead_letter(b'{"customer_id":"customer-1042"}', room=0)


def _dead_letter(value: bytes, room: int) -> OutputRecord:
    record = InputRecord(
        topic=_TOPICS.events,
        partition=_SOURCE.partition,
        offset=_SOURCE.offset,
        timestamp_ms=round(_RECEIVED_AT.timestamp() * 1000),
        key=b"customer-1042",
        value=value,
        headers=(("content-type", b"application/json"),),
    )
    letter = DeadLetter(
        fault=Fault.INVALID_FIELD,
        error_class="InvalidRecord",
        message="text: Field required",
        field="text",
        failed_at=_JUDGED_AT,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
    )
    return dead_letter_record(_TOPICS.dead_letters, record, letter, max_bytes=room)
