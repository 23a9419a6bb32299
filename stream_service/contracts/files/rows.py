"""Feedback in rows: JSON lines, CSV, or one text a line. Pure: bytes in, events out."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Literal, Protocol

from stream_service.contracts.codec import MAX_VALUE_BYTES, decode_object
from stream_service.contracts.events import event_of
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.files.csv_records import CsvRecordBuilder, cells
from stream_service.contracts.files.lines import Line, LineSplitter

RowFormat = Literal["jsonl", "csv", "lines"]

_BY_SUFFIX: dict[str, RowFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".txt": "lines",
}

_CSV_FIELDS = (
    "text",
    "customer_id",
    "event_id",
    "channel",
    "language",
    "rating",
    "product",
    "occurred_at",
)
"""What a column may be called; other columns become attributes."""


_SEPARATORS = ",;\t"
"""What spreadsheets part columns by; a header with another than the comma is refused in words."""

_SPREAD_JSON = re.compile(rb"\[\s*(\{|$)|\{$")
"""The first line of an array of objects, or of an object over several lines."""


class RowFault(StrEnum):
    """What can be wrong with a row before it is an event; beside Fault's."""

    MALFORMED_ROW = "malformed_row"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be published."""

    line: int
    """Number of the line that it begins in, from 1."""
    event: FeedbackEvent


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that may not; ``problem`` names the field and what is wrong with it."""

    line: int
    fault: Fault | RowFault
    problem: str
    field: str | None = None
    """Which field is wrong, where it is one."""


class RowsUnreadable(Exception):
    """Nothing after this line can be read as rows."""

    def __init__(self, line: int, fault: Fault | RowFault, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.fault = fault
        self.problem = problem


class RowReader:
    """Makes rows of the bytes of a file, chunk by chunk, in bounded memory.

    ``row_format`` None goes by the first line that is not blank: ``{`` begins JSON lines, two of
    the columns' names or more are the header of a CSV file, all else is plain lines. Rows without
    a customer get ``customer_id``.
    """

    def __init__(self, row_format: RowFormat | None, customer_id: str | None = None) -> None:
        self._lines = LineSplitter(MAX_VALUE_BYTES)
        self._customer_id = customer_id
        self._format: RowFormat | None = row_format
        self._form: _Form | None = None

    def feed(self, chunk: bytes) -> Iterator[Row | RefusedRow]:
        """The rows that ``chunk`` completes. Raises RowsUnreadable."""
        for line in self._lines.feed(chunk):
            yield from self._take(line)

    def finish(self) -> Iterator[Row | RefusedRow]:
        """The rows that the end of the file completes. Raises RowsUnreadable."""
        for line in self._lines.finish():
            yield from self._take(line)
        if self._form is not None:
            yield from self._form.end()

    def _take(self, line: Line) -> Iterator[Row | RefusedRow]:
        if self._form is None:
            if line.content is not None and not line.content.strip():
                return
            self._form = _FORMS[self._format_by(line)](self._customer_id)
        yield from self._form.take(line)

    def _format_by(self, first: Line) -> RowFormat:
        content = (first.content or b"").strip()
        row_format = _format_by_first_line(content) if self._format is None else self._format
        if row_format == "jsonl" and _SPREAD_JSON.match(content):
            raise RowsUnreadable(
                first.number,
                RowFault.MALFORMED_ROW,
                "a JSON array begins here, or an object over several lines; write one object a "
                "line, as jq -c does (of an array: jq -c '.[]'). Nothing of it is read",
            )
        return row_format


def _format_by_first_line(first: bytes) -> RowFormat:
    if first.startswith(b"{") or _SPREAD_JSON.match(first):
        return "jsonl"
    for separator in _SEPARATORS:
        parts = first.decode(errors="replace").split(separator)
        names = {part.strip(' "').lower() for part in parts}
        if "text" in names and len(names.intersection(_CSV_FIELDS)) > 1:
            return "csv"
    return "lines"


def format_by_name(path: PurePath) -> RowFormat | None:
    """The format that a file's suffix stands for; None where it stands for none."""
    return _BY_SUFFIX.get(path.suffix.lower())


class _Form(Protocol):
    def take(self, line: Line) -> Iterator[Row | RefusedRow]: ...

    def end(self) -> Iterator[Row | RefusedRow]: ...


class _OneRowALine:
    def __init__(self, event: Callable[[bytes], FeedbackEvent]) -> None:
        self._event = event

    def take(self, line: Line) -> Iterator[Row | RefusedRow]:
        content = line.content
        if content is None:
            yield RefusedRow(
                line.number, Fault.TOO_LARGE, f"it is longer than {MAX_VALUE_BYTES} bytes"
            )
        elif content.strip():
            yield _checked(line.number, lambda: self._event(content))

    def end(self) -> Iterator[Row | RefusedRow]:
        return iter(())


def _json_lines(customer_id: str | None) -> _Form:
    def event(content: bytes) -> FeedbackEvent:
        data = decode_object(content)
        if customer_id is not None and data.get("customer_id") is None:
            data["customer_id"] = customer_id
        return event_of(data)

    return _OneRowALine(event)


def _plain_lines(customer_id: str | None) -> _Form:
    def event(content: bytes) -> FeedbackEvent:
        return event_of({"text": _text(content), "customer_id": customer_id})

    return _OneRowALine(event)


class _Csv:
    def __init__(self, customer_id: str | None) -> None:
        self._customer_id = customer_id
        self._builder = CsvRecordBuilder()
        self._columns: Sequence[str] | None = None

    def take(self, line: Line) -> Iterator[Row | RefusedRow]:
        if line.content is None:
            raise RowsUnreadable(
                line.number,
                Fault.TOO_LARGE,
                f"it is longer than {MAX_VALUE_BYTES} bytes, so that its row's end is unknown; "
                "nothing from here on is read",
            )
        record = self._builder.add(line.number, line.content)
        if record is not None:
            yield from self._row(self._builder.first_line, record)
        elif self._builder.size_bytes > MAX_VALUE_BYTES:
            raise RowsUnreadable(
                self._builder.first_line,
                Fault.TOO_LARGE,
                f"the row is longer than {MAX_VALUE_BYTES} bytes; is a quote in it never closed? "
                "Nothing from here on is read",
            )

    def end(self) -> Iterator[Row | RefusedRow]:
        if self._builder.is_open:
            problem = "a quote in this row is never closed"
            yield RefusedRow(self._builder.first_line, RowFault.MALFORMED_ROW, problem)

    def _row(self, number: int, record: bytes) -> Iterator[Row | RefusedRow]:
        if self._columns is None:
            self._columns = _columns(number, record)
        elif record.strip():
            columns = self._columns
            yield _checked(number, lambda: self._event(columns, record))

    def _event(self, columns: Sequence[str], record: bytes) -> FeedbackEvent:
        values = cells(_text(record))
        if len(values) != len(columns):
            raise _Unusable(
                f"{len(values)} values for {len(columns)} columns; "
                "quote values that hold commas, quotes or newlines"
            )
        data: dict[str, object] = {"text": "", "customer_id": self._customer_id}
        attributes: dict[str, str] = {}
        for column, value in zip(columns, values, strict=True):
            if not value:
                continue
            if column in _CSV_FIELDS:
                data[column] = value
            elif column:
                attributes[column] = value
            else:
                raise _Unusable("a value stands in a column without a name")
        return event_of({**data, "attributes": attributes})


def _columns(number: int, record: bytes) -> Sequence[str]:
    try:
        names = [name.strip() for name in cells(_text(record))]
    except (_Unusable, csv.Error) as error:
        raise RowsUnreadable(number, _fault_of(error), f"the header: {error}") from None
    columns = [name.lower() if name.lower() in _CSV_FIELDS else name for name in names]
    if "text" not in columns:
        raise RowsUnreadable(
            number,
            RowFault.MALFORMED_ROW,
            "the header has no column called text; the first line names the columns, "
            f"separated by commas: {','.join(_CSV_FIELDS)}",
        )
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        problem = f"the header names a column twice: {min(twice)}"
        raise RowsUnreadable(number, RowFault.MALFORMED_ROW, problem)
    return columns


_FORMS: dict[RowFormat, Callable[[str | None], _Form]] = {
    "jsonl": _json_lines,
    "csv": _Csv,
    "lines": _plain_lines,
}


class _Unusable(ValueError):
    """What is wrong with one row."""


class _NotUtf8(_Unusable):
    """Its bytes are no UTF-8."""


def _fault_of(error: ValueError | csv.Error) -> Fault | RowFault:
    return Fault.NOT_UTF8 if isinstance(error, _NotUtf8) else RowFault.MALFORMED_ROW


def _checked(number: int, event: Callable[[], FeedbackEvent]) -> Row | RefusedRow:
    try:
        return Row(number, event())
    except InvalidRecord as error:
        return RefusedRow(number, error.fault, str(error), error.field)
    except (_Unusable, csv.Error) as error:
        return RefusedRow(number, _fault_of(error), str(error))


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _NotUtf8(f"it is not UTF-8 at byte {error.start}; save it as UTF-8") from None
