"""Counts over a text, right for languages with and without spaces between words."""

from stream_service.graph.measures.measuring import measure_text

__all__ = ["measure_text"]
