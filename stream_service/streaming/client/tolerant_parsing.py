"""Reading batches that brokers let through and aiokafka does not survive.

Kafka's protocol wants header names in UTF-8, its brokers never check, and aiokafka raises out of
the poll for good: such a record would stop every partition of the worker. Here its batch is read on
with the name's odd bytes written out (``\\xff``), and the record goes its way.

aiokafka unpacks a compressed batch whatever it holds; here it is bounded (``unpacking.py``), as is
the number of a record's headers, and records are made when they are asked for, not all at once.
What is damaged it tells of with errors like those of a broker that is away for a moment; here it is
told by its offsets.

It replaces a private name of aiokafka's fetcher, hence the narrow version in pyproject; the tests
of hostile header names and of batches that nobody can read fail when that no longer fits.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, cast

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import (
    _DefaultRecordBatchPy,  # pyright: ignore[reportPrivateUsage] - the parser that can be adapted
)
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint_py

from stream_service.streaming.client.legacy_batches import legacy_records
from stream_service.streaming.client.unpacking import (
    MAX_UNPACKED_BYTES,
    UnreadableBatch,
    UnreadablePlace,
    offsets_of,
    unpacked_batch,
)

_MAGIC_AT, _MAGIC = 16, 2
"""Of the format of today; older ones are read apart (legacy_batches.py)."""

MAX_HEADERS = 10_000
"""Of a record; of more, some before the last are left out. A header without name and value takes
two bytes, which compress to nearly none, and eighty as an object, and each is looked at a dozen
times: a batch of 50 KB that holds 100 million of them would end the process for its memory, and
every other after it."""

_LAST_HEADERS = 100
"""Those are kept: whoever hands a record on adds his own at the end, as we do to a dead letter."""

_LENGTH_ENDS_AT = 12
"""A batch begins with its base offset (8 bytes) and the length of what follows (4 bytes)."""

_NOT_PARSED = (
    CorruptRecordException,
    UnsupportedCodecError,
    IndexError,
    ValueError,
    struct.error,
    # A length near 2**63: the client's sum of place and length overflows and passes its check.
    MemoryError,
    OverflowError,
)
"""How the client's parsers say that a batch is damaged."""


def install_tolerant_parsing() -> None:
    """Make every consumer of this process read that way. Safe to call twice."""
    fetcher.MemoryRecords = TolerantRecords  # pyright: ignore[reportPrivateImportUsage]


class TolerantRecords:
    """The batches of a fetch, as aiokafka's own class gives them, and readable to the end."""

    def __init__(self, buffer: bytes, most_bytes: int = MAX_UNPACKED_BYTES) -> None:
        """A batch that unpacks to more than ``most_bytes`` raises UnreadableBatch when iterated."""
        self._most_bytes = most_bytes
        self._records: Any = MemoryRecords(buffer)
        self._buffer = buffer
        self._at = 0
        self._next_offset: int | None = None
        self._last: _TolerantBatch | None = None

    def __getattr__(self, name: str) -> Any:
        """All else is aiokafka's."""
        return getattr(self._records, name)

    @property
    def unpacked_bytes(self) -> int:
        """What the last batch takes unpacked, once a record of it was given; at most, if old."""
        return 0 if self._last is None else self._last.unpacked_bytes

    def next_batch(self) -> Any:
        """The next batch, or None behind the last one. Raises UnreadablePlace."""
        try:
            batch = self._records.next_batch()
        except CorruptRecordException as error:
            # Zeros, where a disk has lost a block: the broker hands on what it has not looked at.
            offset = self._next_offset
            if offset is None:
                offset, _ = offsets_of(self._buffer)
            raise UnreadablePlace(offset, "has a damaged header") from error
        if batch is None:
            return None
        self._next_offset = batch.next_offset
        length = self._buffer[self._at + 8 : self._at + _LENGTH_ENDS_AT]
        end = self._at + _LENGTH_ENDS_AT + int.from_bytes(length, "big")
        raw, self._at = bytes(self._buffer[self._at : end]), end
        self._last = _TolerantBatch(batch, raw, self._most_bytes)
        return self._last


class _TolerantBatch:
    def __init__(self, batch: Any, raw: bytes, most_bytes: int) -> None:
        self._batch = batch
        self._raw = raw
        self._most_bytes = most_bytes
        self.unpacked_bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def validate_crc(self) -> bool:
        """Raises UnreadableBatch where the client would tell of a failure that passes."""
        if not self._batch.validate_crc():
            raise UnreadableBatch(self._raw, "has a wrong checksum")
        return True

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._records()
        except UnreadableBatch:
            raise
        except _NOT_PARSED as error:
            raise UnreadableBatch(self._raw, f"cannot be parsed: {type(error).__name__}") from error

    def _records(self) -> Iterator[Any]:
        if self._raw[_MAGIC_AT] < _MAGIC:
            self.unpacked_bytes = self._most_bytes
            return legacy_records(self._raw, self._most_bytes)
        batch = unpacked_batch(self._raw, self._most_bytes)
        self.unpacked_bytes = len(batch)
        return _records_of(batch)


def _records_of(batch: bytes) -> Iterator[Any]:
    given = 0
    parsed: Any = MemoryRecords(batch).next_batch()
    try:
        for record in parsed:
            yield record if len(record.headers) <= MAX_HEADERS else _ShortRecord.of(record)
            given += 1
    except UnicodeDecodeError:
        for record in islice(_lenient_records(batch), given, None):
            yield record if len(record.headers) <= MAX_HEADERS else _ShortRecord.of(record)


class _ShortRecord(NamedTuple):
    """A record without some of its headers, by the names that the client's fetcher knows."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Any, ...]
    checksum: int | None

    @classmethod
    def of(cls, record: Any) -> "_ShortRecord":
        return cls(
            record.offset,
            record.timestamp,
            record.timestamp_type,
            record.key,
            record.value,
            (*record.headers[: MAX_HEADERS - _LAST_HEADERS], *record.headers[-_LAST_HEADERS:]),
            record.checksum,
        )


class _Name(bytes):
    """Bytes that are always readable: header names are all that the parser decodes."""

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, "backslashreplace")


class _NameBuffer(bytearray):
    def __getitem__(self, index: Any) -> Any:
        found = cast(Any, super().__getitem__(index))
        return _Name(found) if isinstance(index, slice) else found


def _lenient_records(batch: bytes) -> Iterator[Any]:
    parser: Any = _DefaultRecordBatchPy(batch)
    # Here, and nothing to do: it reads on from the buffer that it finds.
    parser._maybe_uncompress()
    parser._buffer = _NameBuffer(parser._buffer)
    for _ in range(parser._num_records):
        # Not its usual reader of numbers, which reads on behind the end of what is damaged.
        yield parser._read_msg(decode_varint_py)
