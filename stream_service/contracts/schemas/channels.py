"""The topics as channels: what is said on each, by whom, with which headers and key."""

from dataclasses import dataclass
from typing import Any

from stream_service.contracts.cloudevents import SOURCE, SPECIFICATION_VERSION
from stream_service.contracts.codec import MAX_DEPTH, MAX_VALUE_BYTES
from stream_service.contracts.feedback import EVENT_TYPE, MAX_IDENTIFIER_CHARACTERS
from stream_service.contracts.record import OutputRecord
from stream_service.contracts.reply import REPLY_TYPE
from stream_service.contracts.review import DECISION_TYPE, REVIEW_TYPE
from stream_service.contracts.review_result import RESULT_TYPE, STATE_TYPE
from stream_service.contracts.schemas import examples
from stream_service.contracts.schemas.compatibility import Role
from stream_service.contracts.schemas.record_schemas import (
    FEEDBACK_EVENT,
    OMITTED_VALUE,
    REPLY,
    REVIEW_DECISION,
    REVIEW_ITEM,
    REVIEW_RESULT,
    REVIEW_STATE,
    JsonObject,
    RecordSchema,
)
from stream_service.contracts.topics import Topics

SCHEMAS = "#/components/schemas/"
"""Where the document keeps the records' schemas."""

_CUSTOMER_OR_EVENT = "The customer_id as UTF-8; the event_id where there is no customer_id."
_EVENT = "The event_id as UTF-8."
_ANY_KEY = "The original's key, to the byte."
_ENVELOPE_ID = (
    "Names the event where the data has no event_id. Of more than "
    f"{MAX_IDENTIFIER_CHARACTERS} characters a name is made that is the same for the same id."
)
_READ_JSON = (
    f"JSON is read in UTF-8, up to {MAX_VALUE_BYTES:,} bytes and {MAX_DEPTH} levels, without equal "
    "keys in an object; integers must fit into 64 bits, other numbers into a double. This holds in "
    "unknown fields too. What breaks it is set aside as a dead letter."
)


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of record on a channel."""

    name: str
    title: str
    summary: str
    headers: JsonObject
    payload: JsonObject
    key: str
    example: OutputRecord | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic, and what the service does with it."""

    name: str
    title: str
    description: str
    topic: str
    role: Role
    operation: str
    operation_summary: str
    messages: tuple[Message, ...]


def channels() -> tuple[Channel, ...]:
    """All channels of this version."""
    topics = Topics()
    return (
        Channel(
            "feedbackEvents",
            "Feedback events",
            "What customers wrote, from whoever collects it. Records of one key are judged in the "
            "topic's order. Plain JSON, and CloudEvents in binary or structured mode, are read. "
            f"{_READ_JSON}",
            topics.events,
            Role.INPUT,
            "receiveFeedbackEvents",
            "Judge each event and publish its one outcome.",
            (
                Message(
                    "feedbackEvent",
                    "Feedback event",
                    "Plain JSON, or CloudEvents in binary mode with the headers below.",
                    _event_headers(),
                    _payload(FEEDBACK_EVENT),
                    _CUSTOMER_OR_EVENT,
                    examples.event_example(),
                ),
                Message(
                    "feedbackEventEnvelope",
                    "Feedback event in CloudEvents' structured mode",
                    "The event stands in data, or encoded in data_base64.",
                    _headers({"traceparent": _traceparent()}, ()),
                    {"$ref": f"{SCHEMAS}FeedbackEventEnvelope"},
                    _CUSTOMER_OR_EVENT,
                    content_type="application/cloudevents+json",
                ),
            ),
        ),
        Channel(
            "feedbackReplies",
            "Replies",
            "What customers are told: at most one reply to an event from the judgement itself, and "
            "one from a reviewer where an item was decided.",
            topics.replies,
            Role.OUTPUT,
            "sendReplies",
            "Publish the reply to an event.",
            (
                Message(
                    "reply",
                    "Reply",
                    "A reply, with the analysis that it rests on.",
                    _cloudevents_headers(REPLY_TYPE),
                    _payload(REPLY),
                    _CUSTOMER_OR_EVENT,
                    examples.reply_example(),
                ),
            ),
        ),
        Channel(
            "feedbackReviews",
            "Human-review items",
            "Events that a person decides on, in the shape of LangGraph's Agent Inbox.",
            topics.reviews,
            Role.OUTPUT,
            "sendReviewItems",
            "Publish an item for a person.",
            (
                Message(
                    "reviewItem",
                    "Review item",
                    "The event, the analysis, the draft, and why a person must look.",
                    _cloudevents_headers(REVIEW_TYPE),
                    _payload(REVIEW_ITEM),
                    _EVENT,
                    examples.review_item_example(),
                ),
            ),
        ),
        Channel(
            "reviewDecisions",
            "Review decisions",
            f"What reviewers decided. The first decision of an item wins. {_READ_JSON}",
            topics.review_decisions,
            Role.INPUT,
            "receiveReviewDecisions",
            "Publish the final reply to a decided item.",
            (
                Message(
                    "reviewDecision",
                    "Review decision",
                    "Points at the item by its place in the reviews topic.",
                    _cloudevents_headers(DECISION_TYPE, required=False),
                    _payload(REVIEW_DECISION),
                    _EVENT,
                    examples.decision_example(),
                ),
            ),
        ),
        Channel(
            "reviewState",
            "Decided reviews",
            "The decision that counts for each item, log-compacted; the service's own memory. It "
            "has as many partitions as the decisions topic, and nobody else may write to it.",
            topics.review_state,
            Role.OUTPUT,
            "sendReviewState",
            "Remember which decision of an item was the first.",
            (
                Message(
                    "reviewState",
                    "Decided review",
                    "The decision that counts.",
                    _cloudevents_headers(STATE_TYPE),
                    _payload(REVIEW_STATE),
                    _EVENT,
                    examples.review_state_example(),
                ),
                Message(
                    "forgottenReview",
                    "Forgotten review",
                    "A tombstone, once the review is past its retention.",
                    {"type": "object", "maxProperties": 0},
                    {"type": "null"},
                    _EVENT,
                ),
            ),
        ),
        Channel(
            "reviewResults",
            "Results of decisions",
            "What became of each decision; the same decision sent again gets the same result.",
            topics.review_results,
            Role.OUTPUT,
            "sendReviewResults",
            "Tell whether a decision was the one that counts.",
            (
                Message(
                    "reviewResult",
                    "Result of a decision",
                    "Whether the decision was applied or superseded, and which one counts.",
                    _cloudevents_headers(RESULT_TYPE),
                    _payload(REVIEW_RESULT),
                    _EVENT,
                    examples.review_result_example(),
                ),
            ),
        ),
        Channel(
            "deadLetters",
            "Dead letters",
            "What could not be processed, untouched: the original's key, value and headers, and "
            "what we know of it in further headers, each there once however often it comes back.",
            topics.dead_letters,
            Role.OUTPUT,
            "sendDeadLetters",
            "Set aside what cannot be processed.",
            (
                Message(
                    "deadLetter",
                    "Dead letter",
                    "The value is the original's, whatever its bytes are.",
                    {"$ref": f"{SCHEMAS}DeadLetterHeaders"},
                    {"description": "The original value, to the byte; it need not be JSON."},
                    _ANY_KEY,
                    examples.dead_letter_example(),
                    content_type="application/octet-stream",
                ),
                Message(
                    "omittedValue",
                    "Dead letter of a record too large to be carried",
                    "Place, sizes and hash of the original; its headers and key are left out.",
                    {
                        "type": "object",
                        "allOf": [
                            {"$ref": f"{SCHEMAS}DeadLetterHeaders"},
                            {"required": ["x-original-omitted"]},
                        ],
                    },
                    _payload(OMITTED_VALUE),
                    "Null.",
                    examples.omitted_value_example(),
                ),
            ),
        ),
    )


def feedback_event_envelope() -> JsonObject:
    """The schema of an event in structured mode."""
    return {
        "title": "FeedbackEventEnvelope",
        "description": "CloudEvents 1.0 in structured mode. The data's own event_id and "
        "occurred_at win over id and time.",
        "type": "object",
        "properties": {
            "specversion": {"type": "string", "const": SPECIFICATION_VERSION},
            "type": _type_schema(EVENT_TYPE, ours=False),
            "source": {"type": "string", "format": "uri-reference"},
            "id": {"type": ["string", "null"], "description": _ENVELOPE_ID},
            "time": {"type": ["string", "null"], "format": "date-time"},
            "data": _payload(FEEDBACK_EVENT),
            "data_base64": {"type": ["string", "null"], "contentEncoding": "base64"},
        },
        "required": ["specversion", "type"],
        "oneOf": [
            {"required": ["data"]},
            {"required": ["data_base64"], "properties": {"data_base64": {"type": "string"}}},
        ],
    }


def _cloudevents_headers(event_type: str, *, required: bool = True) -> JsonObject:
    """Of records that we write all but the trace context is there; publishers may leave all out."""
    names = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")
    properties: JsonObject = {
        "ce_specversion": {"type": "string", "const": SPECIFICATION_VERSION},
        "ce_id": {"type": "string"},
        "ce_type": _type_schema(event_type, ours=required),
        "ce_source": {"type": "string", **({"const": SOURCE} if required else {})},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {
            "type": "string",
            **({"const": "application/json"} if required else {}),
        },
        "traceparent": _traceparent(),
    }
    return _headers(properties, names if required else ())


def _event_headers() -> JsonObject:
    """Of events: what says that it is a CloudEvent must have the type that each of them has."""
    headers = _cloudevents_headers(EVENT_TYPE, required=False)
    headers["properties"]["ce_id"]["description"] = _ENVELOPE_ID
    # In the words that AsyncAPI shares with JSON Schema: dependentRequired is not among them.
    return {
        **headers,
        "if": {"required": ["ce_specversion"]},
        "then": {"required": ["ce_type"]},
    }


def _type_schema(event_type: str, *, ours: bool) -> JsonObject:
    if ours:
        return {"type": "string", "const": event_type}
    return {
        "type": "string",
        "description": f"{event_type}, or a type of the publisher's own.",
        "examples": [event_type],
    }


def _headers(properties: JsonObject, required: tuple[str, ...]) -> JsonObject:
    schema: JsonObject = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def _traceparent() -> dict[str, Any]:
    return {
        "type": "string",
        "description": "W3C trace context, at most once; what is malformed is ignored.",
    }


def _payload(record: RecordSchema) -> JsonObject:
    return {"$ref": SCHEMAS + record.component}
