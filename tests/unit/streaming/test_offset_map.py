"""The offset map: every set of offsets comes back, and nothing else is believed."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.streaming.offsets.offset_map import (
    MAX_METADATA_BYTES,
    NewerMap,
    Runs,
    UnreadableMap,
    decode_offset_map,
    encode_offset_map,
)

lengths = st.lists(st.tuples(st.integers(1, 2_000), st.integers(1, 2_000)), max_size=60)
frontiers = st.integers(0, 2**62)


def runs_above(frontier: int, shape: list[tuple[int, int]]) -> Runs:
    runs: list[tuple[int, int]] = []
    start = frontier
    for gap, length in shape:
        first = start + gap
        start = first + length
        runs.append((first, start))
    return tuple(runs)


@given(frontiers, lengths)
def test_a_map_comes_back(frontier: int, shape: list[tuple[int, int]]) -> None:
    runs = runs_above(frontier, shape)
    text = encode_offset_map(frontier, runs)
    assert text.isascii()
    assert tuple(decode_offset_map(frontier, text)) == runs


@given(frontiers, lengths.filter(bool), st.integers(1, 100))
def test_a_map_is_not_believed_for_another_offset(
    frontier: int, shape: list[tuple[int, int]], shift: int
) -> None:
    text = encode_offset_map(frontier, runs_above(frontier, shape))
    with pytest.raises(UnreadableMap):
        decode_offset_map(frontier + shift, text)


@given(frontiers, st.text(min_size=1))
def test_foreign_metadata_is_refused(frontier: int, text: str) -> None:
    with pytest.raises(UnreadableMap):
        decode_offset_map(frontier, text)


@given(lengths.filter(bool), st.data())
def test_a_damaged_map_is_refused(shape: list[tuple[int, int]], data: st.DataObject) -> None:
    text = encode_offset_map(7, runs_above(7, shape))
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda letter: letter != text[index]))
    damaged = text[:index] + other + text[index + 1 :]
    try:
        decoded = decode_offset_map(7, damaged)
    except UnreadableMap:
        return
    # The last base64 letter may hold unused bits: then nothing has changed.
    assert tuple(decoded) == runs_above(7, shape)


def test_one_slow_event_beside_a_million_and_a_ragged_tail_fits() -> None:
    """Neither runs nor a bitmap alone would do: one minute at 4,000 a second, 2,000 in flight."""
    ragged = [(1_000_001 + 2 * index, 1_000_002 + 2 * index) for index in range(2_000)]
    text = encode_offset_map(0, ((1, 1_000_000), *ragged))
    assert len(text) < 800 < MAX_METADATA_BYTES


def with_checksum(frontier: int, body: bytes) -> str:
    checksum = zlib.crc32(frontier.to_bytes(8, "big") + body).to_bytes(4, "big")
    return "1:" + base64.urlsafe_b64encode(body + checksum).decode().rstrip("=")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x01\x00\x03", id="a run that begins at the frontier"),
        pytest.param(b"\x02\x01\x02\x00\x03", id="a run that touches the one before"),
        pytest.param(b"\x01\x02\x00", id="an empty run"),
        pytest.param(b"\x00\x01", id="a bitmap that begins with a one"),
        pytest.param(b"\x01" + b"\xff" * 9 + b"\x01\x01", id="offsets of more than 63 bits"),
        pytest.param(b"\x01\xff", id="cut off"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_no_window_makes_is_refused_though_its_checksum_fits(body: bytes) -> None:
    """Anybody who may commit for the group can compute a checksum."""
    with pytest.raises(UnreadableMap):
        decode_offset_map(5, with_checksum(5, body))


def test_a_map_longer_than_kafka_s_default_allows_is_not_looked_at() -> None:
    """A cluster may allow more, and each bit of it costs time that goes with all the others."""
    with pytest.raises(UnreadableMap, match="longer"):
        decode_offset_map(5, with_checksum(5, b"\x00" + b"\xfe" * MAX_METADATA_BYTES))


def test_nothing_ahead_is_the_empty_text() -> None:
    assert encode_offset_map(5, ()) == ""
    assert tuple(decode_offset_map(5, "")) == ()


@pytest.mark.parametrize("version", ["2", "9", "10", "37"])
def test_a_newer_version_s_map_is_told_apart(version: str) -> None:
    _, _, body = encode_offset_map(5, ((7, 9),)).partition(":")
    with pytest.raises(NewerMap, match=f"version {version}; this service reads version 1"):
        decode_offset_map(5, f"{version}:{body}")


@pytest.mark.parametrize("text", ["0:AAAA", "2:", "2: other words", "100:AAAA", "v2:AAAA", "02:AA"])
def test_other_clients_words_are_no_newer_map(text: str) -> None:
    with pytest.raises(UnreadableMap) as refused:
        decode_offset_map(5, text)
    assert not isinstance(refused.value, NewerMap)
