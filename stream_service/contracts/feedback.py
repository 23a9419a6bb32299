"""The input topic's record: one piece of customer feedback."""

import re
from collections.abc import Sized
from datetime import UTC, datetime
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from stream_service.contracts.model import WireModel
from stream_service.contracts.text import MAX_TEXT_CHARACTERS, clean_text

EVENT_TYPE = "stream-service.feedback.event.v1"
"""CloudEvents type of the input record; the number is the contract's major version."""

MAX_IDENTIFIER_CHARACTERS = 200
"""Far above any UUID or key of a database."""

MAX_ATTRIBUTES = 64
"""Enough for tags; more would be a document, which belongs elsewhere."""


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


_LEAP_SECOND = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d):60(?:\.\d+)?(.*)")
"""RFC 3339 has a second 60 (section 5.7), the calendar of datetime has none."""


def _without_leap_second(moment: object) -> object:
    if isinstance(moment, str) and (leap := _LEAP_SECOND.fullmatch(moment)):
        return f"{leap[1]}:59.999999{leap[2]}"
    return moment


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time lies outside the years 1 to 9999 in UTC") from None


# The bounds stand before the cleaning: behind it pydantic would count a text's "items".
Identifier = Annotated[
    str, Field(min_length=1, max_length=MAX_IDENTIFIER_CHARACTERS), BeforeValidator(_clean)
]
"""An opaque name given by the publisher; never used as a path or a label."""

Moment = Annotated[datetime, BeforeValidator(_without_leap_second), AfterValidator(_in_utc)]
"""A point in time; without an offset it is read as UTC, a leap second as the end of its minute."""

AttributeValue = Annotated[str, Field(max_length=2_000)] | int | float | bool | None

Attributes = Annotated[
    dict[Annotated[str, Field(max_length=100)], AttributeValue], Field(max_length=MAX_ATTRIBUTES)
]
"""Tags by name."""


class FeedbackEvent(WireModel):
    """One piece of feedback. Only ``text`` must be given."""

    event_id: Identifier | None = None
    """Names the event for good; the same id again is the same event. Where it is missing, the
    service derives one from the record's topic, partition and offset. 1 to 200 characters after
    cleaning."""
    customer_id: Identifier | None = None
    """Whose feedback it is; replies to one customer keep the order of the events. 1 to 200
    characters after cleaning."""
    text: Annotated[
        str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS), BeforeValidator(_clean)
    ]
    """What the customer wrote, 1 to 50,000 characters after cleaning."""
    channel: Annotated[str, Field(max_length=100), BeforeValidator(_clean)] | None = None
    """Where it came from: ``email``, ``app``, ``chat`` …"""
    language: Annotated[str, Field(max_length=35), BeforeValidator(_clean)] | None = None
    """A hint (BCP 47); what the text itself says wins."""
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    """Stars, 1 (worst) to 5 (best)."""
    product: Annotated[str, Field(max_length=200), BeforeValidator(_clean)] | None = None
    occurred_at: Moment | None = None
    """When the customer wrote, in the years 1 to 9999 in UTC; without an offset it is UTC."""
    attributes: Attributes = Field(default_factory=dict[str, AttributeValue])
    """The publisher's own tags; carried to reviews as they are."""

    @field_validator("attributes", mode="before", json_schema_input_type=Attributes | None)
    @classmethod
    def _clean_attributes(cls, attributes: object) -> object:
        if attributes is None:
            # What Go makes of a map that is not there, and Jackson of any field.
            return {}
        # What is refused for its number need not be cleaned: a record may hold a hundred thousand.
        if not isinstance(attributes, dict) or len(cast(Sized, attributes)) > MAX_ATTRIBUTES:
            return cast(object, attributes)
        pairs = cast(dict[object, object], attributes).items()
        return {_clean(name): _clean(value) for name, value in pairs}
