"""Sending a dead letter back to where it came from, as it was or mended."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import select, true

from stream_service.console.access.audit import record_act
from stream_service.console.access.roles import Principal
from stream_service.console.decisions.outbox import REDRIVE, put
from stream_service.console.errors import ConsoleError
from stream_service.console.queries.dead_letters import StoredDeadLetter, dead_letter_at
from stream_service.console.store import Database, dead_letters, redrive_totals, redrives
from stream_service.console.store.insert import add_to, insert_or_replace
from stream_service.contracts.cloudevents import CONTENT_TYPE, binary_headers, open_envelope
from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import (
    ERROR_CLASS,
    ERROR_FAULT,
    ERROR_FIELD,
    ERROR_MESSAGE,
    ERROR_TIME,
    ORIGINAL_OMITTED,
    REDRIVE_COUNT,
    redrive_count,
)
from stream_service.contracts.events import decode_event, derived_event_id
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import EVENT_TYPE
from stream_service.contracts.record import InputRecord, OutputRecord, header_text
from stream_service.contracts.review import ReviewDecision
from stream_service.contracts.topics import Topics

_LEFT_BEHIND = frozenset(
    {ERROR_FAULT, ERROR_CLASS, ERROR_MESSAGE, ERROR_FIELD, ERROR_TIME, ORIGINAL_OMITTED}
) | {REDRIVE_COUNT}
"""Of the headers: what was said of the failure. The first place stays, so that a next one names it
too."""


class NoSuchDeadLetter(ConsoleError):
    """No dead letter is known at that place."""


class AlreadyRedriven(ConsoleError):
    """It was sent back before; where it failed again, that is a dead letter of its own."""


class NotRedrivable(ConsoleError):
    """It cannot be sent back as it is; the message says what would help."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """A dead letter on its way back."""

    act_id: str
    event_id: str | None
    redrive_count: int


_PLACE = re.compile(r"([0-9]{1,9})-([0-9]{1,18})", re.ASCII)


def place_of(letter_id: str) -> tuple[int, int]:
    """Partition and offset of a dead letter's name. Raises NoSuchDeadLetter."""
    parts = _PLACE.fullmatch(letter_id)
    if parts is None:
        raise NoSuchDeadLetter("id: it must be partition-offset")
    return int(parts[1]), int(parts[2])


def encoded_value(text: str) -> bytes:
    """A mended value as bytes. Raises InvalidRecord."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidRecord(
            Fault.NOT_UTF8, "value: it holds half a character (a lone surrogate)", field="value"
        ) from None


async def redrive(
    database: Database,
    topics: Topics,
    principal: Principal,
    place: tuple[int, int],
    *,
    value: bytes | None = None,
) -> Redriven:
    """Write down that the dead letter at ``place`` goes back, with ``value`` in place of its own.

    Raises NoSuchDeadLetter, AlreadyRedriven, NotRedrivable, InvalidRecord (for a ``value`` that
    would come back at once), DatabaseUnavailable.
    """
    async with database.writing() as connection:
        # One after another for one letter: on PostgreSQL others write at the same time.
        await connection.execute(
            select(dead_letters.c.offset)
            .where(dead_letters.c.partition == place[0], dead_letters.c.offset == place[1])
            .with_for_update()
        )
        letter = await dead_letter_at(connection, *place)
        if letter is None:
            raise NoSuchDeadLetter(f"there is no dead letter {place[0]}-{place[1]}")
        if letter.redriven_ms is not None:
            raise AlreadyRedriven("it was sent back before; look for its latest dead letter")
        record = redriven_record(topics, letter, value)
        act_id = str(uuid4())
        await put(
            connection,
            act_id=act_id,
            kind=REDRIVE,
            subject=f"{place[0]}-{place[1]}",
            record=record,
        )
        row = {
            "partition": place[0],
            "offset": place[1],
            "published_ms": letter.published_ms,
            "act_id": act_id,
            "fault": letter.fault,
            "principal": principal.name,
            "edited": value is not None,
            "redriven_ms": round(time.time() * 1000),
        }
        # Of a topic that was made anew: another letter of that place may have been sent back.
        await insert_or_replace(connection, redrives, [row], true())
        await add_to(connection, redrive_totals, [{"fault": letter.fault, "count": 1}], ["count"])
        await record_act(
            connection,
            principal,
            "redrive",
            f"{place[0]}-{place[1]}",
            fault=letter.fault,
            edited=value is not None,
            act_id=act_id,
        )
    return Redriven(act_id, letter.event_id, redrive_count(record.headers))


def redriven_record(topics: Topics, letter: StoredDeadLetter, value: bytes | None) -> OutputRecord:
    """The record that sends ``letter`` back, with ``value`` in place of its own.

    Raises NotRedrivable, InvalidRecord (for a ``value`` that would come back at once).
    """
    if letter.original_topic not in {topics.events, topics.review_decisions}:
        raise NotRedrivable("it came from a topic that this service does not read")
    if letter.omitted and value is None:
        raise NotRedrivable(
            "its bytes were too large to be carried; give the value, or publish the event anew"
        )
    kept = tuple(header for header in letter.headers if header[0].lower() not in _LEFT_BEHIND)
    count = redrive_count(letter.headers) + 1
    record = OutputRecord(
        topic=letter.original_topic,
        key=letter.key,
        value=letter.value if value is None else value,
        headers=(*kept, (REDRIVE_COUNT, str(count).encode())),
    )
    read = _as_read(letter, record)
    if letter.original_topic == topics.events:
        record = _with_its_name(record, read, letter)
        if value is not None:
            decode_event(_as_read(letter, record))
    elif value is not None:
        decided = decode(ReviewDecision, value)
        if decided.event_id.encode() != letter.key:
            raise InvalidRecord(
                Fault.INVALID_FIELD,
                "event_id: it must be the one that the decision was published with",
                field="event_id",
            )
    return record


def _with_its_name(
    record: OutputRecord, read: InputRecord, letter: StoredDeadLetter
) -> OutputRecord:
    """A mended value that has lost the event's name is still that event.

    The name goes into the envelope. What never had a name is named by its first place, which its
    headers tell.
    """
    try:
        envelope = open_envelope(read)
    except InvalidRecord:
        return record
    has_envelope = header_text(record.headers, "ce_specversion") is not None
    if envelope.data.get("event_id") is not None or envelope.id or has_envelope:
        return record
    if _is_structured(envelope.data, read):
        return record
    name = letter.event_id or derived_event_id(read)
    if name == derived_event_id(read):
        return record
    # Without an envelope the publisher's ce_ headers said nothing; in one they would.
    others = tuple(header for header in record.headers if not _is_of_an_envelope(header[0].lower()))
    added = binary_headers(event_id=name, event_type=EVENT_TYPE)
    return replace(record, headers=(*others, *added))


def _is_of_an_envelope(name: str) -> bool:
    return name == CONTENT_TYPE or name.startswith("ce_")


def _is_structured(data: Mapping[str, object], read: InputRecord) -> bool:
    """Whether the value is an envelope itself, in which headers would change what is read."""
    plain = replace(read, headers=(("ce_specversion", b"1.0"), ("ce_type", b"any")))
    return dict(open_envelope(plain).data) != dict(data)


def _as_read(letter: StoredDeadLetter, record: OutputRecord) -> InputRecord:
    return InputRecord(
        topic=letter.original_topic,
        partition=letter.original_partition,
        offset=letter.original_offset,
        timestamp_ms=letter.published_ms,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )
