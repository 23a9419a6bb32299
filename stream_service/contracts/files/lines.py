"""A stream of bytes, cut into lines of bounded length."""

from collections.abc import Iterator
from dataclasses import dataclass

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end."""

    number: int
    """From 1."""
    content: bytes | None
    """None where it was longer than the bound."""


class LineSplitter:
    """Cuts chunks into lines; it never holds more than one line of ``max_bytes`` and a chunk.

    Lines end with a newline, behind a carriage return or not. A UTF-8 byte order mark at the
    beginning is left out.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rest = b""
        self._rest_is_too_long = False
        self._number = 0

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that ``chunk`` completes."""
        first, *others = chunk.split(b"\n")
        self._extend(first)
        for other in others:
            yield self._cut()
            self._extend(other)

    def finish(self) -> Iterator[Line]:
        """The last line, where no newline ended it."""
        if self._rest or self._rest_is_too_long:
            yield self._cut()

    def _extend(self, part: bytes) -> None:
        if self._rest_is_too_long:
            return
        self._rest += part
        # One more for the carriage return, which does not count.
        if len(self._rest) > self._max_bytes + 1 + len(_BYTE_ORDER_MARK):
            self._rest, self._rest_is_too_long = b"", True

    def _cut(self) -> Line:
        self._number += 1
        content, too_long = self._rest.removesuffix(b"\r"), self._rest_is_too_long
        self._rest, self._rest_is_too_long = b"", False
        if self._number == 1:
            content = content.removeprefix(_BYTE_ORDER_MARK)
        return Line(self._number, None if too_long or len(content) > self._max_bytes else content)
