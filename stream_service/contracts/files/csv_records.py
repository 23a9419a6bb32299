"""CSV as lines come in: which lines make a record, and what its cells are.

The standard parser pulls its lines from an iterator and so cannot wait for more of them; here the
lines of one record are gathered first, and then parsed by it.
"""

import csv
from collections.abc import Sequence

_QUOTE, _COMMA = b'"', b","


class CsvRecordBuilder:
    """Gathers the lines of one record: a quoted cell may hold newlines."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._in_quotes = False
        self._first_line = 0
        self._size_bytes = 0

    @property
    def first_line(self) -> int:
        """Number of the line that the record begins in."""
        return self._first_line

    @property
    def size_bytes(self) -> int:
        """How much has been gathered."""
        return self._size_bytes

    @property
    def is_open(self) -> bool:
        """Whether a quote waits for its end."""
        return self._in_quotes

    def add(self, number: int, line: bytes) -> bytes | None:
        """Take a line; returns the record when it is complete."""
        if not self._lines:
            self._first_line, self._size_bytes = number, 0
        self._lines.append(line)
        self._size_bytes += len(line) + 1
        self._in_quotes = ends_in_quotes(line, begins_in_quotes=self._in_quotes)
        if self._in_quotes:
            return None
        record = b"\n".join(self._lines)
        self._lines.clear()
        return record


def ends_in_quotes(line: bytes, *, begins_in_quotes: bool) -> bool:
    """Whether a quoted cell goes on behind ``line``.

    A quote opens a cell at its very beginning only; in quotes a doubled one stands for itself.
    """
    if not begins_in_quotes and _QUOTE not in line:
        return False
    inside, position = begins_in_quotes, 0
    while True:
        if inside:
            quote = line.find(_QUOTE, position)
            if quote < 0:
                return True
            position = quote + 1
            if line.startswith(_QUOTE, position):
                position += 1
                continue
            inside = False
        elif line.startswith(_QUOTE, position):
            inside, position = True, position + 1
            continue
        comma = line.find(_COMMA, position)
        if comma < 0:
            return False
        position = comma + 1


def cells(record: str) -> Sequence[str]:
    """The cells of a complete record; none for a blank line. Raises csv.Error."""
    # str.splitlines would cut at separators that CSV does not know, U+2028 for one.
    *lines, last = record.split("\n")
    rows = csv.reader([*(f"{line}\n" for line in lines), last], strict=True)
    return next(iter(rows), list[str]())
