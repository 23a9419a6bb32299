"""The replies topic's record: what the customer is told."""

from datetime import datetime
from enum import StrEnum

from stream_service.contracts.analysis import Analysis
from stream_service.contracts.judgement import Provenance, Source, Timings
from stream_service.contracts.model import WireModel

REPLY_TYPE = "stream-service.feedback.reply.v1"


class Origin(StrEnum):
    """Who let the reply go."""

    AUTO = "auto"
    HUMAN = "human"


class Reply(WireModel):
    """A reply to one event. ``reply_id`` is the same however often the event is worked on."""

    reply_id: str
    event_id: str
    customer_id: str | None = None
    text: str
    language: str
    """ISO 639-1 code of ``text``."""
    strategy: str
    origin: Origin
    analysis: Analysis
    provenance: Provenance
    source: Source
    timings: Timings
    created_at: datetime
