"""validate: from the event to what the analysts read."""

import html
import re

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import Feedback
from stream_service.contracts.text import clean_text
from stream_service.graph.context import Context
from stream_service.graph.state import State, Update

_PLAIN_WIDTH = str.maketrans(
    {
        full: full - 0xFEE0
        for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    }
    | {0x3000: 0x20}
)
"""Full-width digits and Latin letters, which no model was trained on, and the ideographic space."""

_BLANK_LINES = re.compile(r"\n{3,}")


async def validate(state: State, runtime: Runtime[Context]) -> Update:
    """Put the text in the form that is read; the event itself stays as it came.

    Raises ValueError for an event that nobody could answer to: no event_id, or no text.
    """
    event = state["event"]
    if not event.event_id:
        raise ValueError("event.event_id is missing; the transport derives one before it asks")
    text = readable_text(event.text)
    if not text:
        raise ValueError("event.text holds nothing visible; the codec refuses such an event")
    return {
        "feedback": Feedback(
            text=text,
            language_hint=event.language,
            rating=event.rating,
            product=event.product,
        )
    }


def readable_text(text: str) -> str:
    """Return ``text`` without HTML entities, full-width letters and runs of blank lines."""
    plain = text.translate(_PLAIN_WIDTH)
    if "&" in plain:
        # Entities can spell the invisible characters that cleaning took away before.
        plain = html.unescape(plain)
    return clean_text(_BLANK_LINES.sub("\n\n", plain))
