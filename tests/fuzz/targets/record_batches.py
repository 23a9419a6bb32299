"""Batches of records as a broker hands them on: unpacked within a bound, and parsed."""

import struct
from typing import Any

import cramjam
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.streaming.client.tolerant_parsing import TolerantRecords
from stream_service.streaming.client.unpacking import UnreadableBatch, unpacked_batch
from tests.fuzz.target import target_of_bytes

HEADER_BYTES = 61
MOST_BYTES = 100_000
CODECS = 8

_VALUES = [b'{"text":"a parcel"}', b"", b"a" * 3_000]


def _payload(codec: int) -> bytes:
    builder: Any = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1_000_000)
    for number, value in enumerate(_VALUES):
        builder.append(number, 1_000, b"key", value, [("name", b"header")])
    return bytes(builder.build())[HEADER_BYTES:]


SEEDS = [
    *(bytes([codec, len(_VALUES)]) + _payload(codec) for codec in range(5)),
    bytes([4, 1]) + bytes(cramjam.zstd.compress(b"a" * 200_000)),
]
TOKENS = [b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x1f\x8b\x08\x00", b"\x82SNAPPY\x00", b"\xff"]


def check(data: bytes) -> None:
    """The first byte says how it is compressed, the second how many records there are."""
    if len(data) < 2:
        return
    codec, count, payload = data[0] % CODECS, data[1], data[2:]
    header = struct.pack(
        ">qiibIhiqqqhii",
        *(5, HEADER_BYTES - 12 + len(payload), 0, 2, 0, codec, max(0, count - 1)),
        *(1_000, 1_000, -1, -1, -1, count),
    )
    batch = header + payload
    try:
        unpacked = unpacked_batch(batch, MOST_BYTES)
        # Snappy cannot hold more than 21 times its size, and is not bounded.
        assert len(unpacked) <= HEADER_BYTES + max(MOST_BYTES, 22 * len(payload))
        records = list(TolerantRecords(batch, MOST_BYTES).next_batch())
    except UnreadableBatch as refusal:
        assert "offsets 5 to" in str(refusal)
        return
    assert len(records) == count
    assert sum(len(one.value or b"") for one in records) <= len(unpacked)


TARGET = target_of_bytes(check, SEEDS, TOKENS)
