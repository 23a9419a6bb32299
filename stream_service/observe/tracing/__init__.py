"""Spans, from publisher to reply; nothing of it is imported while tracing is off."""
