"""Records in the formats of Kafka 0.10 and before, which a log of that time may still hold.

The client's own parser unpacks a compressed set whatever it holds, goes round for ever where a
length leads it back, and gives None for a time that is not there, with which nobody reckons.
"""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from stream_service.streaming.client.unpacking import MAX_UNPACKED_BYTES, unpacked_records

_HEADERS = {0: struct.Struct(">qiIbb"), 1: struct.Struct(">qiIbbq")}
"""By magic: offset, length of what follows, checksum, magic, attributes, and timestamp."""

_LENGTH_ENDS_AT = 12
_MAGIC_AT = 16
_LENGTH = struct.Struct(">i")
_CODEC_MASK, _LOG_APPEND_TIME = 0x07, 0x08
_NULL = -1
_NO_TIMESTAMP = -1
"""As in the format of today."""

_LZ4 = 3
"""With magic 0 its frames are not what others take for such (KAFKA-3160)."""


class _Message(NamedTuple):
    """A record, by the names that the client's fetcher knows."""

    offset: int
    timestamp: int
    timestamp_type: int | None
    key: bytes | None
    value: bytes | None
    checksum: int
    attributes: int
    headers: tuple[()] = ()


def legacy_records(batch: bytes, most_bytes: int = MAX_UNPACKED_BYTES) -> Iterator[Any]:
    """The record or, where it is compressed, the set of records that ``batch`` is.

    Raises UnreadableBatch where it unpacks to more than ``most_bytes`` or cannot be unpacked,
    ValueError and struct.error where it cannot be parsed.
    """
    magic = batch[_MAGIC_AT]
    outer, _ = _message(batch, 0, magic)
    codec = outer.attributes & _CODEC_MASK
    if not codec:
        yield outer
        return
    if magic == 0 and codec == _LZ4:
        raise ValueError("LZ4 in the format of Kafka 0.9 and before")
    records = unpacked_records(batch, codec, outer.value or b"", most_bytes)
    # The set bears its last record's offset; what is within may count from anywhere.
    shift = outer.offset - _last_offset(records) if magic else 0
    at = 0
    while at < len(records):
        inner, at = _message(records, at, magic)
        if inner.attributes & _CODEC_MASK:
            raise ValueError("compressed twice")
        inner = inner._replace(offset=inner.offset + shift)
        if outer.timestamp_type and outer.attributes & _LOG_APPEND_TIME:
            inner = inner._replace(timestamp=outer.timestamp, timestamp_type=outer.timestamp_type)
        yield inner


def _last_offset(records: bytes) -> int:
    at = last = 0
    while at < len(records):
        offset, length = struct.unpack_from(">qi", records, at)
        if length <= 0:
            raise ValueError("a record without a length")
        last, at = offset, at + _LENGTH_ENDS_AT + length
    return last


def _message(buffer: bytes, at: int, magic: int) -> tuple[_Message, int]:
    """The record that begins at ``at``, and where it ends. Raises ValueError, struct.error."""
    header = _HEADERS[magic]
    offset, length, checksum, found, attributes, *times = header.unpack_from(buffer, at)
    end = at + _LENGTH_ENDS_AT + length
    if found != magic or not at + header.size < end <= len(buffer):
        raise ValueError("no record of its format")
    key, key_end = _field(buffer, at + header.size, end)
    value, _ = _field(buffer, key_end, end)
    timestamp = times[0] if times else _NO_TIMESTAMP
    timestamp_type = int(bool(attributes & _LOG_APPEND_TIME)) if times else None
    return _Message(offset, timestamp, timestamp_type, key, value, checksum, attributes), end


def _field(buffer: bytes, at: int, end: int) -> tuple[bytes | None, int]:
    (length,) = _LENGTH.unpack_from(buffer, at)
    begin = at + _LENGTH.size
    if length == _NULL:
        return None, begin
    if length < 0 or begin + length > end:
        raise ValueError("a field that ends outside of its record")
    return bytes(buffer[begin : begin + length]), begin + length
