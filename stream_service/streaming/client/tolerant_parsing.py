"""Reading records whose header names are not UTF-8.

Kafka's protocol wants header names in UTF-8, its brokers never check, and aiokafka raises out of
the poll for good: such a record would stop every partition of the worker. Here its batch is read a
second time with the name's odd bytes written out (``\\xff``), and the record goes its way.

It replaces a private name of aiokafka's fetcher, hence the narrow version in pyproject; the test of
a hostile header name fails when that no longer fits.
"""

from collections.abc import Iterator
from typing import Any, cast

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import (
    _DefaultRecordBatchPy,  # pyright: ignore[reportPrivateUsage] - the parser that can be adapted
)
from aiokafka.record.memory_records import MemoryRecords

_LENGTH_ENDS_AT = 12
"""A batch begins with its base offset (8 bytes) and the length of what follows (4 bytes)."""


def tolerate_any_header_name() -> None:
    """Make every consumer of this process read such records. Safe to call twice."""
    fetcher.MemoryRecords = TolerantRecords  # pyright: ignore[reportPrivateImportUsage]


class TolerantRecords:
    """The batches of a fetch, as aiokafka's own class gives them, and readable to the end."""

    def __init__(self, buffer: bytes) -> None:
        self._records: Any = MemoryRecords(buffer)
        self._buffer = buffer
        self._at = 0

    def __getattr__(self, name: str) -> Any:
        """All else is aiokafka's."""
        return getattr(self._records, name)

    def next_batch(self) -> Any:
        """The next batch, or None behind the last one."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        length = self._buffer[self._at + 8 : self._at + _LENGTH_ENDS_AT]
        end = self._at + _LENGTH_ENDS_AT + int.from_bytes(length, "big")
        raw, self._at = self._buffer[self._at : end], end
        return _TolerantBatch(batch, raw)


class _TolerantBatch:
    def __init__(self, batch: Any, raw: bytes) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return iter(list(_lenient_batch(bytes(self._raw))))


class _Name(bytes):
    """Bytes that are always readable: header names are all that the parser decodes."""

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, "backslashreplace")


class _NameBuffer(bytearray):
    def __getitem__(self, index: Any) -> Any:
        found = cast(Any, super().__getitem__(index))
        return _Name(found) if isinstance(index, slice) else found


def _lenient_batch(raw: bytes) -> Any:
    batch: Any = _DefaultRecordBatchPy(raw)
    # Once, here: it reads on from the buffer that it finds.
    batch._maybe_uncompress()
    batch._buffer = _NameBuffer(batch._buffer)
    return batch
