"""A Kafka record, as it comes in and as it goes out, whatever client carries it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

Headers = tuple[tuple[str, bytes | None], ...]
"""Names and values in the record's order; a name may stand more than once."""


_EARLIEST_MS, _LATEST_MS = (
    round(moment.timestamp() * 1000)
    for moment in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
)

_ONE_BYTE_LENGTHS = 64
"""Below it Kafka writes a length in one byte; four do for every header that there can be."""

_HEADER_BYTES = 150
"""What Python takes for a header beside what it holds: a pair, a name and a value (64-bit
CPython). On the wire it may be three bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """A record that was read."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    """The record's own timestamp, milliseconds since 1970 in UTC."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def received_at(self) -> datetime:
        """The record's own timestamp; the nearest time there is for one that no calendar holds.

        Publishers set it: some write microseconds, which lie far beyond the year 9999.
        """
        return datetime.fromtimestamp(
            min(max(self.timestamp_ms, _EARLIEST_MS), _LATEST_MS) / 1000, UTC
        )

    @property
    def held_bytes(self) -> int:
        """Memory that it takes, nearly: of key, value and headers, each of which is an object."""
        return (
            len(self.key or b"")
            + len(self.value or b"")
            + sum(len(name) + len(value or b"") + _HEADER_BYTES for name, value in self.headers)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRecord:
    """A record to be published."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    """Where it must stand; without it the key decides."""

    @property
    def size_bytes(self) -> int:
        """Bytes of key, value and headers; what the batch adds is not in it."""
        return len(self.key or b"") + len(self.value or b"") + headers_size_bytes(self.headers)


def headers_size_bytes(headers: Headers) -> int:
    """Bytes that all of them take on the wire, nearly: names, values, and the length of each.

    A record may be nothing but headers without name and value: a million of them take two
    megabytes.
    """
    size = 0
    for name, value in headers:
        name_bytes, value_bytes = len(name.encode()), len(value or b"")
        size += name_bytes + (1 if name_bytes < _ONE_BYTE_LENGTHS else 4)
        size += value_bytes + (1 if value_bytes < _ONE_BYTE_LENGTHS else 4)
    return size


def header_values(headers: Headers, name: str) -> Iterator[bytes | None]:
    """All values of the header ``name``, compared without regard to case."""
    wanted = name.lower()
    return (value for key, value in headers if key.lower() == wanted)


def header_text(headers: Headers, name: str) -> str | None:
    """The last value of the header ``name`` as text, or None if it is missing or not UTF-8."""
    text: str | None = None
    for value in header_values(headers, name):
        try:
            text = None if value is None else value.decode()
        except UnicodeDecodeError:
            text = None
    return text
