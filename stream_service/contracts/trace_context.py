"""The W3C trace context header that goes from an event to its output."""

import re

from stream_service.contracts.record import Headers, header_text, header_values

TRACEPARENT = "traceparent"

_VALID = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""Version, trace id, parent id, flags (W3C Trace Context, section 3.2)."""


def valid_traceparent(headers: Headers) -> str | None:
    """The record's trace context, or None if it is missing, doubled or malformed."""
    if sum(1 for _ in header_values(headers, TRACEPARENT)) != 1:
        return None
    text = header_text(headers, TRACEPARENT)
    return text if text is not None and _VALID.fullmatch(text) else None


def with_traceparent(headers: Headers, traceparent: str | None) -> Headers:
    """``headers`` with this trace context in place of any other."""
    others = tuple(header for header in headers if header[0].lower() != TRACEPARENT)
    return others if traceparent is None else (*others, (TRACEPARENT, traceparent.encode()))
