"""From the event to what a run of the graph starts with."""

import re
from datetime import datetime

from stream_service.analysis.analyst import Feedback
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.text import as_read
from stream_service.graph.state import Arrival

_PLAIN_WIDTH = str.maketrans(
    {
        full: full - 0xFEE0
        for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    }
    | {0x3000: 0x20}
)
"""Full-width digits and Latin letters, which no model was trained on, and the ideographic space."""

_BLANK_LINES = re.compile(r"\n{3,}")


def arrival_of(event: FeedbackEvent, source: Source, received_at: datetime) -> Arrival:
    """Put the text in the form that is read; the event itself stays as it came.

    This is checked before the graph and not by a node of it: each step of a run costs a quarter of
    a millisecond. Raises ValueError for an event that nobody could answer to: no event_id, or no
    text.
    """
    if not event.event_id:
        raise ValueError("event.event_id must be set; the transport derives one where none is")
    text = readable_text(event.text)
    if not text:
        raise ValueError("event.text holds nothing visible; the codec refuses such an event")
    feedback = Feedback(
        text=text, language_hint=event.language, rating=event.rating, product=event.product
    )
    return {"event": event, "source": source, "received_at": received_at, "feedback": feedback}


def readable_text(text: str) -> str:
    """Return ``text`` without HTML entities, full-width letters and runs of blank lines."""
    return _BLANK_LINES.sub("\n\n", as_read(text.translate(_PLAIN_WIDTH)))
