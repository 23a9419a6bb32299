"""What people write: public feedback where a folder of it is given, the project's own samples
where none is."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson

from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord
from stream_service.devkit.sample_feedback import sample_records
from tests.support.feedback import TEXTS


def texts_of(folder: Path | None) -> Sequence[str]:
    """The texts of all ``*.csv`` (column ``text``) and ``*.jsonl`` (field ``text``) in a folder.

    Without a folder the project's own samples. Raises ValueError where a folder holds none.
    """
    if folder is None:
        return (*TEXTS, *_samples())
    texts = [text for file in sorted(folder.glob("*.csv")) for text in _of_csv(file)]
    texts += [text for file in sorted(folder.glob("*.jsonl")) for text in _of_lines(file)]
    if not texts:
        raise ValueError(f"{folder} holds no texts: *.csv with a column text, or *.jsonl")
    return texts


def _of_csv(file: Path) -> Sequence[str]:
    with file.open(encoding="utf-8", newline="") as rows:
        return [row["text"] for row in csv.DictReader(rows) if row.get("text")]


def _of_lines(file: Path) -> Sequence[str]:
    texts: list[str] = []
    for line in file.read_bytes().splitlines():
        try:
            text = orjson.loads(line).get("text")
        except (orjson.JSONDecodeError, AttributeError):
            continue
        if isinstance(text, str):
            texts.append(text)
    return texts


def _samples() -> Sequence[str]:
    texts: list[str] = []
    for offset, record in enumerate(sample_records("t", datetime.now(UTC))):
        read = InputRecord(
            topic="t",
            partition=0,
            offset=offset,
            timestamp_ms=0,
            key=record.key,
            value=record.value,
            headers=record.headers,
        )
        try:
            texts.append(decode_event(read).text)
        except InvalidRecord:
            continue
    return texts
