"""Records of Kafka 0.10 and before: read as the client reads them, within a bound."""

import struct
import tracemalloc
from typing import Any
from zlib import crc32

import cramjam
import pytest
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream_service.contracts.record import InputRecord
from stream_service.streaming.client.records import input_record
from stream_service.streaming.client.tolerant_parsing import TolerantRecords
from stream_service.streaming.client.unpacking import UnreadableBatch

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3}
PACKED = [(magic, codec) for magic in (0, 1) for codec in CODECS if (magic, codec) != (0, "lz4")]
NO_TIMESTAMP = -1


def message_set(
    magic: int, codec: str, values: list[bytes], *, timestamp: int = 1_000, key: bytes = b"key"
) -> bytes:
    of_magic: Any = LegacyRecordBatchBuilder
    builder = of_magic(magic, CODECS[codec], 2**31 - 1)
    for number, value in enumerate(values):
        builder.append(number, timestamp if magic else None, key, value)
    raw = bytearray(builder.build())
    if codec != "none":
        # As a broker does: the set bears its last record's offset, here from 7 on.
        struct.pack_into(">q", raw, 0, 7 + len(values) - 1)
    return bytes(raw)


def read(records: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    while records.has_next():
        batch = records.next_batch()
        assert batch.validate_crc()
        found += [
            (one.offset, one.timestamp_type, one.key, one.value, list(one.headers)) for one in batch
        ]
    return found


@pytest.mark.parametrize(("magic", "codec"), PACKED)
@pytest.mark.parametrize("size", [10, 300_000])
def test_records_are_the_clients_own(magic: int, codec: str, size: int) -> None:
    raw = message_set(magic, codec, [b"a" * size, b"", b"b"])
    assert read(TolerantRecords(raw)) == read(MemoryRecords(raw))
    assert len(read(TolerantRecords(raw))) == 3


@pytest.mark.parametrize("codec", ["gzip", "lz4"])
def test_what_unpacks_to_too_much_is_refused(codec: str) -> None:
    raw = message_set(1, codec, [b"a" * 60_000_000])
    assert len(raw) < 1_000_000
    tracemalloc.start()
    with pytest.raises(UnreadableBatch, match="offsets 7 to 7 unpacks to more than 1000000 bytes"):
        read(TolerantRecords(raw, 1_000_000))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6_000_000


def test_records_are_made_when_they_are_asked_for() -> None:
    raw = message_set(1, "gzip", [b"{}"] * 100_000)
    tracemalloc.start()
    records = iter(TolerantRecords(raw).next_batch())
    first = next(records)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (first.offset, first.value) == (7, b"{}")
    assert held < 10_000_000
    assert sum(1 for _ in records) == 99_999


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("codec", ["none", "gzip"])
def test_a_time_that_is_not_there_is_none_as_in_records_of_today(magic: int, codec: str) -> None:
    raw = message_set(magic, codec, [b"a"], timestamp=NO_TIMESTAMP)
    [record] = list(TolerantRecords(raw).next_batch())
    assert record.timestamp == NO_TIMESTAMP


def enclosed(inner: bytes) -> bytes:
    """A set of what the client would not write, with a right checksum."""
    value = bytes(cramjam.lz4.compress(inner))
    body = struct.pack(">bbqii", 1, CODECS["lz4"], 0, -1, len(value)) + value
    return struct.pack(">qiI", 7, len(body) + 4, crc32(body)) + body


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(struct.pack(">qi", 0, -12), id="a length that leads nowhere"),
        pytest.param(struct.pack(">qi", 0, 2**30), id="an end behind the end"),
        pytest.param(b"\0" * 9, id="a header cut off"),
        pytest.param(
            struct.pack(">qiIbbqii", 0, 22, 0, 1, 0, 0, -2, -1), id="a key of less than nothing"
        ),
        pytest.param(struct.pack(">qiIbbqii", 0, 22, 0, 1, 1, 0, -1, -1), id="compressed twice"),
    ],
)
def test_what_is_damaged_is_told_by_its_place(inner: bytes) -> None:
    with pytest.raises(UnreadableBatch, match="offsets 7 to 7 cannot be parsed"):
        list(TolerantRecords(enclosed(inner)).next_batch())


def test_what_is_read_is_a_record_of_ours() -> None:
    """Without a time, which the rest of the service reckons with, its partition stood still."""

    class Fetched:
        topic, partition = "events", 0

        def __init__(self, record: Any) -> None:
            self.offset, self.timestamp = record.offset, record.timestamp
            self.key, self.value, self.headers = record.key, record.value, record.headers

    raw = message_set(0, "none", [b"a"])
    record: InputRecord = input_record(Fetched(next(iter(TolerantRecords(raw).next_batch()))))
    assert record.received_at.year == 1969
