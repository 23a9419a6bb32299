"""Text from outside, made fit for a terminal: no control characters, so no escape sequences."""

from stream_service.contracts.text import clean_text


def plain_lines(text: str) -> list[str]:
    """``text`` in lines, without anything that a terminal would obey."""
    return [line.rstrip() for line in clean_text(text).expandtabs(4).split("\n")]


def one_line(text: str) -> str:
    """``text`` on one line, without anything that a terminal would obey."""
    return " ".join(clean_text(text).split())
