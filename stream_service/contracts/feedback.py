"""The input topic's record: one piece of customer feedback."""

from collections.abc import Sized
from datetime import UTC, datetime
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from stream_service.contracts.model import WireModel
from stream_service.contracts.text import MAX_TEXT_CHARACTERS, clean_text

EVENT_TYPE = "stream-service.feedback.event.v1"
"""CloudEvents type of the input record; the number is the contract's major version."""

MAX_ATTRIBUTES = 64
"""Enough for tags; more would be a document, which belongs elsewhere."""


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time lies outside the years 1 to 9999 in UTC") from None


Identifier = Annotated[str, BeforeValidator(_clean), Field(min_length=1, max_length=200)]
"""An opaque name given by the publisher; never used as a path or a label."""

Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A point in time; without an offset it is read as UTC."""

AttributeValue = Annotated[str, Field(max_length=2_000)] | int | float | bool | None


class FeedbackEvent(WireModel):
    """One piece of feedback. Only ``text`` must be given."""

    event_id: Identifier | None = None
    """Names the event for good; the same id again is the same event. Where it is missing, the
    service derives one from the record's topic, partition and offset."""
    customer_id: Identifier | None = None
    """Whose feedback it is; replies to one customer keep the order of the events."""
    text: Annotated[
        str, BeforeValidator(_clean), Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)
    ]
    """What the customer wrote, 1 to 50,000 characters after cleaning."""
    channel: Annotated[str, BeforeValidator(_clean), Field(max_length=100)] | None = None
    """Where it came from: ``email``, ``app``, ``chat`` …"""
    language: Annotated[str, BeforeValidator(_clean), Field(max_length=35)] | None = None
    """A hint (BCP 47); what the text itself says wins."""
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    """Stars, 1 (worst) to 5 (best)."""
    product: Annotated[str, BeforeValidator(_clean), Field(max_length=200)] | None = None
    occurred_at: Moment | None = None
    attributes: dict[Annotated[str, Field(max_length=100)], AttributeValue] = Field(
        default_factory=dict[str, AttributeValue], max_length=MAX_ATTRIBUTES
    )
    """The publisher's own tags; carried to reviews as they are."""

    @field_validator("attributes", mode="before")
    @classmethod
    def _clean_attributes(cls, attributes: object) -> object:
        # What is refused for its number need not be cleaned: a record may hold a hundred thousand.
        if not isinstance(attributes, dict) or len(cast(Sized, attributes)) > MAX_ATTRIBUTES:
            return cast(object, attributes)
        pairs = cast(dict[object, object], attributes).items()
        return {_clean(name): _clean(value) for name, value in pairs}
