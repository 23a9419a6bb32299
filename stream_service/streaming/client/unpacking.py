"""Compressed batches, unpacked within a bound.

A broker bounds a batch as it is sent. Fifty kilobytes of zstd can hold a gigabyte: a worker that
unpacks whatever comes is killed for its memory, and so is every other that is given the partition
after it.
"""

import mmap
import struct
import zlib
from collections.abc import Callable

import cramjam
from aiokafka import TopicPartition
from aiokafka.codec import snappy_decode

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
"""A full batch of 1 MB that has shrunk to a two-hundredth; feedback shrinks to a tenth. A worker
has four times as much (deploy/)."""

_USUAL_BYTES = 1024 * 1024

_HEADER_BYTES = 61
_LENGTH_AT, _LENGTH_ENDS_AT = 8, 12
_MAGIC_AT, _MAGIC = 16, 2
_CODEC_AT, _CODEC_MASK = 22, 0x07
_LAST_DELTA_AT, _LAST_DELTA_ENDS_AT = 23, 27
"""The header's layout is fixed: https://kafka.apache.org/documentation/#recordbatch."""

_NO_ROOM = "whole buffer"
"""How cramjam says that what it is to write into is full."""


class UnreadableBatch(ValueError):
    """A batch is damaged, or holds more than anybody would publish in good faith."""

    place: TopicPartition | None = None
    """Where it was fetched, once a consumer has come to it."""

    def __init__(self, batch: bytes, fault: str) -> None:
        first, self.last_offset = offsets_of(batch)
        super().__init__(f"the batch of offsets {first} to {self.last_offset} {fault}")


class UnreadablePlace(UnreadableBatch):
    """What stands at an offset is no batch any more: where it ends nobody can tell."""

    def __init__(self, offset: int, fault: str) -> None:
        self.last_offset = offset
        ValueError.__init__(self, f"the batch at offset {offset} {fault}")


def offsets_of(batch: bytes) -> tuple[int, int]:
    """The first and the last offset of a batch; of one older than Kafka 0.11 only the last."""
    first = int.from_bytes(batch[:_LENGTH_AT], "big")
    if int.from_bytes(batch[_MAGIC_AT : _MAGIC_AT + 1], "big") < _MAGIC:
        return first, first
    return first, first + int.from_bytes(batch[_LAST_DELTA_AT:_LAST_DELTA_ENDS_AT], "big")


class _TooLarge(Exception):
    pass


def unpacked_batch(batch: bytes, most_bytes: int = MAX_UNPACKED_BYTES) -> bytes:
    """Return ``batch``, of the format of Kafka 0.11 and later, as it would be without compression.

    Raises UnreadableBatch, which names its offsets: its records take more than ``most_bytes``, or
    cannot be unpacked.
    """
    codec = batch[_CODEC_AT] & _CODEC_MASK
    if codec not in _CODECS:
        # Not compressed, or in a way that the client's own parser has to refuse.
        return batch
    records = unpacked_records(batch, codec, batch[_HEADER_BYTES:], most_bytes)
    header = bytearray(batch[:_HEADER_BYTES])
    header[_CODEC_AT] &= ~_CODEC_MASK
    length = _HEADER_BYTES - _LENGTH_ENDS_AT + len(records)
    struct.pack_into(">i", header, _LENGTH_AT, length)
    return bytes(header) + records


def unpacked_records(batch: bytes, codec: int, payload: bytes, most_bytes: int) -> bytes:
    """What ``payload``, of ``batch`` and packed by the ``codec`` of that number, holds.

    Raises UnreadableBatch.
    """
    unpack = _CODECS.get(codec)
    if unpack is None:
        raise UnreadableBatch(batch, f"is compressed by an unknown codec: {codec}")
    try:
        return unpack(payload, most_bytes)
    except _TooLarge:
        raise UnreadableBatch(batch, f"unpacks to more than {most_bytes} bytes") from None
    except (cramjam.DecompressionError, zlib.error, struct.error, EOFError) as error:
        raise UnreadableBatch(batch, f"cannot be unpacked: {type(error).__name__}") from error


def _from_gzip(payload: bytes, most_bytes: int) -> bytes:
    unpacked = bytearray()
    while payload:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        unpacked += member.decompress(payload, most_bytes - len(unpacked) + 1)
        if len(unpacked) > most_bytes:
            raise _TooLarge
        if not member.eof:
            raise EOFError
        payload = member.unused_data
    return bytes(unpacked)


def _from_snappy(payload: bytes, most_bytes: int) -> bytes:
    # At most 21 times as much as came: its longest copy is 64 bytes, written in 3.
    return snappy_decode(payload)


def _from_lz4(payload: bytes, most_bytes: int) -> bytes:
    return _into_room(cramjam.lz4.decompress_into, payload, most_bytes)


def _from_zstd(payload: bytes, most_bytes: int) -> bytes:
    return _into_room(cramjam.zstd.decompress_into, payload, most_bytes)


def _into_room(
    decompress_into: Callable[[bytes, mmap.mmap], int], payload: bytes, most_bytes: int
) -> bytes:
    for size in (min(_USUAL_BYTES, most_bytes), most_bytes):
        # Memory is taken for what is written alone.
        with mmap.mmap(-1, size) as room:
            try:
                return room[: decompress_into(payload, room)]
            except cramjam.DecompressionError as error:
                if _NO_ROOM not in str(error):
                    raise
    raise _TooLarge


_CODECS = {1: _from_gzip, 2: _from_snappy, 3: _from_lz4, 4: _from_zstd}
