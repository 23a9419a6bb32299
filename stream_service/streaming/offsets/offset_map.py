"""Completed-ahead offsets as text, for the metadata of a commit.

Kafka keeps up to 4,096 bytes of text beside a committed offset (``offset.metadata.max.bytes``).
The offsets above the frontier that are done are mostly long runs with a ragged tail, where events
are in flight. So the map holds runs first, then a bitmap of the tail, split where the sum is
shortest:

    "1:" base64url( run count, (gap, length) of each run, all as varints; bitmap; CRC-32 )

The number in front is the map's version. A newer one is refused and not passed over: what it says
is done would be done again, and published twice.

The first gap counts from the frontier, each other from the end of the run before it; the bitmap
starts behind the last run, lowest bit first. The checksum covers the frontier too, so that a map
is never read against another offset than the one it was made for.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Sequence

Runs = Sequence[tuple[int, int]]
"""Ascending, disjoint ranges of offsets, each as (first, one behind the last)."""

MAX_METADATA_BYTES = 4096
"""Kafka's default of ``offset.metadata.max.bytes``."""

_VERSION = "1:"
_NEWER = re.compile(r"([2-9]|[1-9][0-9]):[A-Za-z0-9_-]+\Z", re.ASCII)
"""Whatever a later version holds: a number and one word of base64."""
_CHECKSUM_BYTES = 4
_END_OF_OFFSETS = 2**63
"""Offsets are signed integers of 64 bits in Kafka's protocol."""


class UnreadableMap(ValueError):
    """The commit's metadata is not a map of ours, or it belongs to another offset."""


class NewerMap(UnreadableMap):
    """The map of a newer version of the service: what it says is done is done, and unknown here."""

    def __init__(self, version: str) -> None:
        super().__init__(f"an offset map of version {version}; this service reads version 1")


def encode_offset_map(frontier: int, completed_ahead: Runs) -> str:
    """Return the map as ASCII text; every run of ``completed_ahead`` lies above ``frontier``.

    An empty map is the empty text, as any other client commits.
    """
    if not completed_ahead:
        return ""
    body = _shortest(frontier, completed_ahead)
    checksum = _checksum(frontier, body)
    return _VERSION + base64.urlsafe_b64encode(body + checksum).decode().rstrip("=")


def decode_offset_map(frontier: int, text: str) -> Runs:
    """Return the completed-ahead offsets. Raises UnreadableMap, NewerMap."""
    if not text:
        return ()
    if len(text) > MAX_METADATA_BYTES:
        raise UnreadableMap("longer than any that this service writes")
    newer = _NEWER.match(text)
    if newer is not None:
        raise NewerMap(newer[1])
    if not text.startswith(_VERSION):
        raise UnreadableMap("not an offset map of this version")
    encoded = text[len(_VERSION) :]
    try:
        payload = base64.b64decode(
            encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True
        )
    except (ValueError, binascii.Error):
        raise UnreadableMap("not base64") from None
    body, checksum = payload[:-_CHECKSUM_BYTES], payload[-_CHECKSUM_BYTES:]
    if len(checksum) < _CHECKSUM_BYTES or checksum != _checksum(frontier, body):
        raise UnreadableMap("the checksum does not fit this offset")
    return _decode_body(frontier, body)


def _shortest(frontier: int, runs: Runs) -> bytes:
    """Try every split between runs and bitmap by its size alone, then build the best one."""
    end = runs[-1][1]
    size_of_runs = 0
    start = frontier
    best_split, best_size = 0, (end - frontier + 7) // 8
    for index, (first, behind) in enumerate(runs, start=1):
        size_of_runs += _varint_size(first - start) + _varint_size(behind - first)
        start = behind
        size = size_of_runs + (end - start + 7) // 8
        if size < best_size:
            best_split, best_size = index, size
    body = bytearray(_varint(best_split))
    start = frontier
    for first, behind in runs[:best_split]:
        body += _varint(first - start) + _varint(behind - first)
        start = behind
    bits = 0
    for first, behind in runs[best_split:]:
        bits |= ((1 << (behind - first)) - 1) << (first - start)
    body += bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    return bytes(body)


def _decode_body(frontier: int, body: bytes) -> Runs:
    runs: list[tuple[int, int]] = []
    count, index = _read_varint(body, 0)
    start = frontier
    for _ in range(count):
        gap, index = _read_varint(body, index)
        length, index = _read_varint(body, index)
        if not gap or not length:
            raise UnreadableMap("a run that is empty or joins what is done before it")
        first, start = start + gap, start + gap + length
        runs.append((first, start))
    bits = int.from_bytes(body[index:], "little")
    if bits & 1:
        raise UnreadableMap("a bitmap that joins what is done before it")
    end = start + bits.bit_length()
    if end >= _END_OF_OFFSETS:
        raise UnreadableMap("an offset beyond any that a log can have")
    for offset in _set_bits(start, bits):
        if runs and runs[-1][1] == offset:
            runs[-1] = (runs[-1][0], offset + 1)
        else:
            runs.append((offset, offset + 1))
    return tuple(runs)


def _set_bits(start: int, bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield start + lowest.bit_length() - 1
        bits ^= lowest


def _checksum(frontier: int, body: bytes) -> bytes:
    return zlib.crc32(frontier.to_bytes(8, "big") + body).to_bytes(_CHECKSUM_BYTES, "big")


def _varint_size(number: int) -> int:
    return max(1, (number.bit_length() + 6) // 7)


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(body: bytes, index: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if index >= len(body) or shift > 63:
            raise UnreadableMap("cut off")
        byte = body[index]
        number |= (byte & 0x7F) << shift
        index += 1
        if byte < 0x80:
            return number, index
        shift += 7
