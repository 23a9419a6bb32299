"""Labelled feedback from a file: CSV, or JSON lines, with ``text`` and ``label``."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stream_service.commands.process.failures import CommandFailed
from stream_service.contracts.codec import MAX_VALUE_BYTES, decode_object
from stream_service.contracts.events import event_of
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.files.lines import LineSplitter
from stream_service.contracts.files.rows import RefusedRow, Row, RowReader, RowsUnreadable

COUNTED = ("complaint", "praise", "question")
"""Labels that an answer is compared with."""

NOT_COMPLAINT = "not_complaint"
"""Of files that know "complaint or not" only: every answer but ``complaint`` is right."""

LEFT_OUT = ("other", "unmapped")
"""Known labels that are not counted: nobody says which of the three such a row is."""

LABELS = (*COUNTED, NOT_COMPLAINT, *LEFT_OUT)

FAULTS_TOLD = 5
"""A file of another kind has a fault in every line; the first few say enough."""

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A row that is counted."""

    line: int
    """Number of the line that it begins in, from 1."""
    event: FeedbackEvent
    label: str


@dataclass(frozen=True, slots=True)
class GoldFile:
    """A file's counted rows."""

    name: str
    rows: tuple[GoldRow, ...]
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many rows of which label are not counted."""


def read_gold(path: Path) -> GoldFile:
    """Read a file of labelled feedback.

    Raises CommandFailed, which names the lines that are wrong, their fields and the fix.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise CommandFailed(
            f"{path}: the name must end in .csv or .jsonl, which says how the file is written"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path}: it cannot be read: {error.strerror}") from None
    rows: list[GoldRow] = []
    left_out: Counter[str] = Counter()
    faults: list[str] = []
    try:
        for found in _csv_rows(content) if form == "csv" else _json_rows(content):
            label = found.problem if isinstance(found, RefusedRow) else _label_fault(found.label)
            if label is not None:
                faults.append(f"line {found.line}: {label}")
                if len(faults) == FAULTS_TOLD:
                    break
            elif isinstance(found, GoldRow):
                if found.label in LEFT_OUT:
                    left_out[found.label] += 1
                else:
                    rows.append(found)
    except RowsUnreadable as error:
        faults.append(f"line {error.line}: {error.problem}")
    if faults:
        raise CommandFailed("\n".join(f"{path}: {fault}" for fault in faults))
    if not rows:
        raise CommandFailed(f"{path}: no row to count; label rows with {', '.join(COUNTED)}")
    return GoldFile(path.stem, tuple(rows), dict(left_out))


def _csv_rows(content: bytes) -> Iterator[GoldRow | RefusedRow]:
    reader = RowReader("csv")
    for chunk in (reader.feed(content), reader.finish()):
        for row in chunk:
            yield _labelled(row) if isinstance(row, Row) else row


def _labelled(row: Row) -> GoldRow:
    # RowReader keeps the columns that it does not know as attributes.
    label = row.event.attributes.get("label")
    return GoldRow(row.line, _shown(row.event), "" if label is None else str(label))


def _json_rows(content: bytes) -> Iterator[GoldRow | RefusedRow]:
    splitter = LineSplitter(MAX_VALUE_BYTES)
    for line in (*splitter.feed(content), *splitter.finish()):
        if line.content is None:
            problem = f"it is longer than {MAX_VALUE_BYTES} bytes"
            yield RefusedRow(line.number, Fault.TOO_LARGE, problem)
        elif line.content.strip():
            try:
                data = decode_object(line.content)
                event = event_of(data)
            except InvalidRecord as error:
                yield RefusedRow(line.number, error.fault, error.message)
            else:
                label = data.get("label")
                yield GoldRow(
                    line.number,
                    _shown(event),
                    label if isinstance(label, str) else "",
                )


def _shown(event: FeedbackEvent) -> FeedbackEvent:
    """What a judge may know: the text and what belongs to it, no label, and no customer."""
    return FeedbackEvent(text=event.text, rating=event.rating, product=event.product)


def _label_fault(label: str) -> str | None:
    if label in LABELS:
        return None
    given = f"{label[:40]!r} is no label" if label else "it is missing"
    return f"label: {given}; write one of {', '.join(LABELS)}"
