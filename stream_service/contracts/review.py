"""The review topics' records: items for a person, and that person's decisions.

An item has the shape of LangGraph's Agent Inbox (``action_request``, ``config``, ``description``),
so that an inbox of that kind can show it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from stream_service.contracts.analysis import Analysis
from stream_service.contracts.feedback import FeedbackEvent, Identifier, Moment
from stream_service.contracts.judgement import Provenance, Source, Timings
from stream_service.contracts.model import WireModel
from stream_service.contracts.text import MAX_TEXT_CHARACTERS, clean_text

REVIEW_TYPE = "stream-service.feedback.review.v1"
DECISION_TYPE = "stream-service.feedback.review-decision.v1"


class ReviewReason(StrEnum):
    """Why a person must look."""

    HUMAN_REQUESTED = "human_requested"
    ANGER = "anger"
    LEGAL_SAFETY = "legal_safety"
    HIGH_VALUE = "high_value"
    REPEAT_CONTACT = "repeat_contact"
    LOW_CONFIDENCE = "low_confidence"
    DISAGREEMENT = "disagreement"
    PROMPT_INJECTION = "prompt_injection"
    REFUSAL = "refusal"
    UNSAFE_DRAFT = "unsafe_draft"
    LLM_UNAVAILABLE = "llm_unavailable"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    UNCATEGORISED = "uncategorised"
    """The category is ``other``: no strategy answers it."""
    SAMPLED = "sampled"


class Priority(StrEnum):
    """In which order people should look."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class DraftArguments(WireModel):
    """The reply that would be sent."""

    text: str
    language: str
    strategy: str


class ActionRequest(WireModel):
    """What is to be decided."""

    action: Literal["send_reply"] = "send_reply"
    args: DraftArguments


class ReviewConfig(WireModel):
    """What a reviewer may do with the item."""

    allow_accept: bool = True
    allow_edit: bool = True
    allow_respond: bool = True
    allow_ignore: bool = True


class ReviewItem(WireModel):
    """An event that a person decides on."""

    review_id: str
    event_id: str
    event: FeedbackEvent
    analysis: Analysis
    reasons: Annotated[tuple[ReviewReason, ...], Field(min_length=1)]
    priority: Priority
    due_at: datetime
    action_request: ActionRequest
    config: ReviewConfig = ReviewConfig()
    description: str
    """Markdown for the reviewer: reasons and findings, without the customer's text."""
    provenance: Provenance
    source: Source
    timings: Timings
    created_at: datetime


class DecisionType(StrEnum):
    """What the reviewer did, in Agent Inbox's words."""

    ACCEPT = "accept"
    EDIT = "edit"
    RESPONSE = "response"
    IGNORE = "ignore"


class ReviewPointer(WireModel):
    """Where the decided item stands in the reviews topic."""

    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]


class DecisionArguments(WireModel):
    """The reviewer's own text, for ``edit`` and ``response``."""

    text: (
        Annotated[
            str,
            Field(max_length=MAX_TEXT_CHARACTERS),
            BeforeValidator(lambda value: clean_text(value) if isinstance(value, str) else value),
        ]
        | None
    ) = None


class ReviewDecision(WireModel):
    """A reviewer's decision on one item. The first decision of an item wins."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"enum": ["edit", "response"]}}, "required": ["type"]},
            "then": {
                "required": ["args"],
                "properties": {
                    "args": {
                        "required": ["text"],
                        "properties": {"text": {"type": "string", "minLength": 1}},
                    }
                },
            },
        }
    )

    decision_id: Identifier
    event_id: Identifier
    review: ReviewPointer
    type: DecisionType
    args: Annotated[DecisionArguments, Field(validate_default=True)] = DecisionArguments()
    reviewer: Identifier | None = None
    decided_at: Moment | None = None

    @field_validator("args", mode="before")
    @classmethod
    def _none_as_absent(cls, args: object) -> object:
        # What Agent Inbox sends with `accept` and `ignore`, and serializers for what is not set.
        return {} if args is None else args

    @field_validator("args")
    @classmethod
    def _text_where_one_is_needed(
        cls, args: DecisionArguments, info: ValidationInfo
    ) -> DecisionArguments:
        # Without a type there is nothing to say of the text: the type is what is wrong.
        if info.data.get("type") in {DecisionType.EDIT, DecisionType.RESPONSE} and not args.text:
            raise ValueError(f"args.text must be given for a decision of type {info.data['type']}")
        return args
