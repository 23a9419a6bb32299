"""What the page of dead letters shows of one: bytes as text and as hex."""

from collections.abc import Sequence
from dataclasses import dataclass

from stream_service.console.queries.dead_letters import StoredDeadLetter

_HEX_BYTES = 16 * 1024
"""Of a value as hex: a hundred screens."""

_EDITABLE_CHARACTERS = 200_000
"""Far above any feedback, and below what one message of the page's socket takes."""

_BYTES_A_LINE = 16


@dataclass(frozen=True, slots=True)
class LetterSummary:
    """A dead letter in the list."""

    id: str
    """``partition-offset``."""
    fault: str
    message: str
    state: str
    redrive_count: int
    omitted: bool
    published_ms: int


@dataclass(frozen=True, slots=True)
class ShownBytes:
    """Bytes for a reader."""

    size: int
    text: str | None
    """None where they are no UTF-8."""
    hex: str
    """As a dump: offset, bytes, and what can be printed of them."""
    cut: bool
    """Whether the dump lacks the rest."""


@dataclass(frozen=True, slots=True)
class ShownHeader:
    """A header, or the key; None for one without a value."""

    name: str
    text: str | None
    hex: str | None
    """Only where the text does not say it all."""


@dataclass(frozen=True, slots=True)
class LetterDetail:
    """All of a dead letter."""

    id: str
    fault: str
    message: str
    state: str
    redrive_count: int
    omitted: bool
    published_ms: int
    redriven_ms: int | None
    redriven_by: str | None
    facts: Sequence[tuple[str, str]]
    """Names of labels, and what stands beside them."""
    key: ShownHeader | None
    value: ShownBytes | None
    editable: bool
    headers: Sequence[ShownHeader]


def letter_summary(letter: StoredDeadLetter) -> LetterSummary:
    """A dead letter in the list."""
    return LetterSummary(
        id=_id(letter),
        fault=letter.fault,
        message=letter.message,
        state=_state(letter),
        redrive_count=letter.redrive_count,
        omitted=letter.omitted,
        published_ms=letter.published_ms,
    )


def letter_detail(letter: StoredDeadLetter) -> LetterDetail:
    """All of a dead letter."""
    value = None if letter.value is None else shown_bytes(letter.value)
    text = "" if value is None else value.text
    return LetterDetail(
        id=_id(letter),
        fault=letter.fault,
        message=letter.message,
        state=_state(letter),
        redrive_count=letter.redrive_count,
        omitted=letter.omitted,
        published_ms=letter.published_ms,
        redriven_ms=letter.redriven_ms,
        redriven_by=letter.redriven_by,
        facts=_facts(letter),
        key=None if letter.key is None else _header("", letter.key),
        value=value,
        editable=text is None or len(text) <= _EDITABLE_CHARACTERS,
        headers=[_header(name, held) for name, held in letter.headers],
    )


def shown_bytes(value: bytes) -> ShownBytes:
    """Bytes for a reader."""
    return ShownBytes(
        len(value), _text(value), _dump(value[:_HEX_BYTES]), cut=len(value) > _HEX_BYTES
    )


def _header(name: str, value: bytes | None) -> ShownHeader:
    if value is None:
        return ShownHeader(name, None, None)
    text = _text(value)
    is_plain = text is not None and text.isprintable()
    return ShownHeader(name, text, None if is_plain else value.hex(" "))


def _dump(value: bytes) -> str:
    lines: list[str] = []
    for start in range(0, len(value), _BYTES_A_LINE):
        part = value[start : start + _BYTES_A_LINE]
        printed = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):<{3 * _BYTES_A_LINE}} {printed}")
    return "\n".join(lines)


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _facts(letter: StoredDeadLetter) -> Sequence[tuple[str, str]]:
    place = f"{letter.original_topic} {letter.original_partition}-{letter.original_offset}"
    facts = [
        ("id", _id(letter)),
        ("event_id", letter.event_id),
        ("error_class", letter.error_class),
        ("field", letter.field),
        ("place", place),
    ]
    return [(name, value) for name, value in facts if value]


def _id(letter: StoredDeadLetter) -> str:
    return f"{letter.partition}-{letter.offset}"


def _state(letter: StoredDeadLetter) -> str:
    return "open" if letter.redriven_ms is None else "redriven"
