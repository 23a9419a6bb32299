"""Metadata of commits, as any member of the group may write it."""

import base64
import zlib

from stream_service.streaming.offsets.offset_map import (
    MAX_METADATA_BYTES,
    UnreadableMap,
    decode_offset_map,
    encode_offset_map,
)
from tests.fuzz.target import target_of_bytes

FRONTIERS = (0, 5, 2**31, 2**62, 2**63 - 1)

SEEDS = [
    b"\x00\x00" + encode_offset_map(0, ((3, 9), (11, 12))).encode(),
    b"\x01\x01\x02\x01\x02\x03\x04\x05",
    b"\x01\x03\x00\xaa\xaa\x02",
    b"\x01\x04\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01",
]
TOKENS = [b"1:", b"2:", b"=", b"\x80", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x00"]


def check(data: bytes) -> None:
    """The first byte says whether a checksum that fits is put behind, the second the frontier."""
    frontier = FRONTIERS[data[1] % len(FRONTIERS)] if len(data) > 1 else 0
    text = data[2:].decode(errors="surrogateescape")
    if data[:1] == b"\x01":
        checksum = zlib.crc32(frontier.to_bytes(8, "big") + data[2:]).to_bytes(4, "big")
        text = "1:" + base64.urlsafe_b64encode(data[2:] + checksum).decode().rstrip("=")
    try:
        runs = tuple(decode_offset_map(frontier, text))
    except UnreadableMap as refusal:
        assert str(refusal)
        return
    end = frontier
    for first, behind in runs:
        assert end < first < behind < 2**63, "no runs that a window makes"
        end = behind
    again = encode_offset_map(frontier, runs)
    assert tuple(decode_offset_map(frontier, again)) == runs
    assert len(again) <= len(text) <= MAX_METADATA_BYTES, "not the shortest form"


TARGET = target_of_bytes(check, SEEDS, TOKENS)
