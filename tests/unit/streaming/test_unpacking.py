"""Compressed batches: read as the client reads them, within a bound."""

import gzip
import struct
import tracemalloc
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream_service.streaming.client.tolerant_parsing import TolerantRecords
from stream_service.streaming.client.unpacking import UnreadableBatch, unpacked_batch

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
COMPRESSED = ["gzip", "snappy", "lz4", "zstd"]
BOUNDED = ["gzip", "lz4", "zstd"]
HEADER_BYTES = 61


def batch(codec: str, values: list[bytes], base_offset: int = 7) -> bytes:
    builder: Any = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=CODECS[codec],
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=2**31 - 1,
    )
    for number, value in enumerate(values):
        builder.append(number, 1_000 + number, b"key", value, [("name", b"header"), ("none", None)])
    raw = bytearray(builder.build())
    # As a broker does: the offset stands outside of what the checksum is of.
    struct.pack_into(">q", raw, 0, base_offset)
    return bytes(raw)


def read(records: Any) -> list[tuple[Any, ...]]:
    found = records.next_batch()
    assert found.validate_crc()
    return [(one.offset, one.timestamp, one.key, one.value, one.headers) for one in found]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [10, 3_000_000])
def test_records_are_the_clients_own(codec: str, size: int) -> None:
    raw = batch(codec, [b"a" * size, b"", b"b"])
    assert read(TolerantRecords(raw)) == read(MemoryRecords(raw))


@pytest.mark.parametrize("codec", BOUNDED)
@pytest.mark.parametrize("most_bytes", [100_000, 5_000_000])
def test_what_unpacks_to_too_much_is_refused(codec: str, most_bytes: int) -> None:
    raw = batch(codec, [b"a" * most_bytes])
    assert len(raw) < most_bytes / 50
    with pytest.raises(
        UnreadableBatch, match=f"offsets 7 to 7 unpacks to more than {most_bytes} bytes"
    ):
        read(TolerantRecords(raw, most_bytes))
    assert len(read(TolerantRecords(raw, most_bytes + 1_000))) == 1


@pytest.mark.parametrize("codec", BOUNDED)
def test_refusing_takes_no_more_memory_than_the_bound(codec: str) -> None:
    raw = batch(codec, [b"a" * 60_000_000])
    tracemalloc.start()
    with pytest.raises(UnreadableBatch):
        unpacked_batch(raw, 1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000


@pytest.mark.parametrize("codec", COMPRESSED)
def test_what_is_damaged_is_refused_by_its_place(codec: str) -> None:
    raw = batch(codec, [bytes(range(256)) * 100])
    cut_off = raw[: HEADER_BYTES + (len(raw) - HEADER_BYTES) // 2]
    with pytest.raises(UnreadableBatch, match="offsets 7 to 7 cannot be unpacked"):
        unpacked_batch(cut_off)
    overwritten = raw[:HEADER_BYTES] + b"\xff" * 200
    with pytest.raises(UnreadableBatch, match="offsets 7 to 7 cannot be unpacked"):
        unpacked_batch(overwritten)


def test_gzip_of_several_members_is_read_whole() -> None:
    plain = batch("none", [b"a" * 1_000, b"b" * 1_000])
    records = plain[HEADER_BYTES:]
    packed = gzip.compress(records[:700]) + gzip.compress(records[700:])
    header = bytearray(plain[:HEADER_BYTES])
    header[22] |= CODECS["gzip"]
    struct.pack_into(">i", header, 8, HEADER_BYTES - 12 + len(packed))
    assert unpacked_batch(bytes(header) + packed) == plain


def test_records_are_made_when_they_are_asked_for() -> None:
    """A megabyte of zstd can be millions of small ones."""
    raw = batch("zstd", [b"{}"] * 100_000)
    tracemalloc.start()
    records = iter(TolerantRecords(raw).next_batch())
    first = next(records)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert first.value == b"{}"
    # Three megabytes unpacked; as objects they are thirty.
    assert held < 8_000_000
    assert sum(1 for _ in records) == 99_999


def test_what_is_cut_off_behind_an_odd_header_name_is_refused() -> None:
    """The client's reader of numbers reads on behind the end, or ends the process (own fuzzing)."""
    raw = bytearray(batch("none", [b"a", b"b"]))
    name = raw.index(b"name")
    raw[name : name + 4] = b"\xff\xfe\xfd\xfc"
    del raw[-3:]
    struct.pack_into(">i", raw, 8, len(raw) - 12)
    with pytest.raises(UnreadableBatch, match="offsets 7 to 8 cannot be parsed"):
        list(TolerantRecords(bytes(raw)).next_batch())


def test_a_wrong_checksum_is_told_by_its_place() -> None:
    raw = bytearray(batch("gzip", [b"a" * 100]))
    raw[-10] ^= 1
    with pytest.raises(UnreadableBatch, match="offsets 7 to 7 has a wrong checksum"):
        read(TolerantRecords(bytes(raw)))


def number(value: int) -> bytes:
    """``value`` as Kafka writes a length: seven bits a byte, the lowest first, the sign last."""
    left, written = value << 1, bytearray()
    while left > 0x7F:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*written, left])


@pytest.mark.parametrize("length", [2**62, 2**63 - 100, 2**63 - 1])
def test_a_length_that_no_memory_holds_is_refused(length: int) -> None:
    """From where it stands such a length ends before the batch, as the client counts (fuzzing)."""
    key = b"k" * 200
    record = b"\0\0\0" + number(len(key)) + key + number(length) + b"a parcel"
    records = number(len(record)) + record
    header = bytearray(batch("none", [b""])[:HEADER_BYTES])
    struct.pack_into(">i", header, 8, HEADER_BYTES - 12 + len(records))
    with pytest.raises(UnreadableBatch, match="offsets 7 to 7 cannot be parsed"):
        list(TolerantRecords(bytes(header) + records).next_batch())
