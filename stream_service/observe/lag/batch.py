"""Record timestamps out of the bytes of a fetch.

A batch of records begins with a header of fixed layout, the same since Kafka 0.11:
https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError

from stream_service.streaming.client.tolerant_parsing import TolerantRecords

_HEADER = struct.Struct(">qiibIhiqq")
"""Base offset, length, leader epoch, magic, checksum, attributes, last offset's delta, first and
greatest timestamp."""

_LENGTH_ENDS_AT = 12
_MAGIC = 2
_LOG_APPEND_TIME = 0x08
_CONTROL = 0x20

_UNPACKED_BYTES = 16 * 1024 * 1024
"""An exporter has little memory; of what is larger the batch's first timestamp will do."""

_EXACT_WITHIN_MS = 100
"""A batch is unpacked only when its records lie further apart: an age is told in seconds."""


class Found(NamedTuple):
    """What the bytes say of the first record at or behind an offset."""

    timestamp_ms: int | None
    """The record's; None when no record has been found."""
    next_offset: int
    """One behind the last batch that was looked at: here the search goes on."""


def first_record(records: bytes, offset: int) -> Found:
    """Search whole batches for the first record at or behind ``offset``.

    Batches that only mark the end of a transaction are passed over.
    """
    next_offset = offset
    for batch in _batches(records):
        base, _, _, magic, _, attributes, last_delta, first_ms, greatest_ms = _HEADER.unpack_from(
            batch
        )
        last = base + last_delta
        if magic != _MAGIC or last < offset:
            continue
        next_offset = last + 1
        if attributes & _CONTROL:
            continue
        if attributes & _LOG_APPEND_TIME:
            return Found(greatest_ms, next_offset)
        if base >= offset or 0 <= greatest_ms - first_ms <= _EXACT_WITHIN_MS:
            return Found(first_ms, next_offset)
        return Found(_unpacked(batch, offset, first_ms), next_offset)
    return Found(None, next_offset)


def _batches(records: bytes) -> Iterator[bytes]:
    """The batches that are there whole: the last one may be cut off."""
    at = 0
    while at + _HEADER.size <= len(records):
        length = int.from_bytes(records[at + 8 : at + _LENGTH_ENDS_AT], "big")
        end = at + _LENGTH_ENDS_AT + length
        if end > len(records):
            return
        yield records[at:end]
        at = end


def _unpacked(batch: bytes, offset: int, first_ms: int) -> int:
    try:
        parsed: Any = TolerantRecords(batch, _UNPACKED_BYTES).next_batch()
        for record in parsed:
            if record.offset >= offset:
                return record.timestamp
    except (KafkaError, ValueError):
        # Compressed in a way that is not known here, damaged or too large: as old as the batch, at
        # most.
        return first_ms
    return first_ms
