"""A record as a person reads it on a terminal."""

from datetime import UTC, datetime

from rich.text import Text

from stream_service.commands.display.plain_text import one_line, plain_lines
from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.record import InputRecord
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem
from stream_service.contracts.topics import Topics

_PREVIEW_CHARACTERS = 200
"""Of a value that could not be processed: enough to know it by."""


def record_text(topics: Topics, record: InputRecord) -> Text:
    """An output record: a line on what it is, then what was written, indented.

    A record that cannot be read is shown as it is.
    """
    try:
        if record.topic == topics.dead_letters:
            return _dead_letter(record)
        if record.topic == topics.reviews:
            return _review(record, decode(ReviewItem, record.value))
        return _reply(record, decode(Reply, record.value))
    except (ValueError, OverflowError) as error:
        text = _head(record, "unreadable", "red", _place(record), str(error))
        return _with_value(text, record)


def _reply(record: InputRecord, reply: Reply) -> Text:
    text = _head(
        record,
        "reply",
        "green",
        _who(reply.customer_id, reply.event_id),
        reply.analysis.category,
        reply.strategy,
        f"{reply.origin}, {reply.language}",
    )
    return _with_lines(text, "", reply.text)


def _review(record: InputRecord, item: ReviewItem) -> Text:
    text = _head(
        record,
        "review",
        "yellow",
        _who(item.event.customer_id, item.event_id),
        item.analysis.category,
        ", ".join(item.reasons),
        f"{item.priority}, due {_time(item.due_at)}",
    )
    _with_lines(text, "text", item.event.text)
    return _with_lines(text, "draft", item.action_request.args.text)


def _dead_letter(record: InputRecord) -> Text:
    letter = read_dead_letter(record)
    text = _head(
        record,
        "dead letter",
        "red",
        f"{letter.topic}/{letter.partition}/{letter.offset}",
        letter.fault,
        letter.field or "",
        letter.message,
    )
    return _with_value(text, record)


def _head(record: InputRecord, kind: str, style: str, *parts: str) -> Text:
    text = Text(_time(record.received_at), style="dim")
    text.append("  ")
    text.append(kind, style=f"not dim {style}")
    for part in parts:
        if shown := one_line(part):
            text.append(f"  {shown}", style="not dim")
    return text


def _with_lines(text: Text, label: str, content: str) -> Text:
    for number, line in enumerate(plain_lines(content)):
        shown = f"{label if number == 0 else '':5}  " if label else ""
        text.append(f"\n    {shown}", style="dim")
        text.append(line, style="not dim")
    return text


def _with_value(text: Text, record: InputRecord) -> Text:
    if record.value is None:
        return _with_lines(text, "value", "null")
    # What is no text is told byte by byte.
    head = record.value[: _PREVIEW_CHARACTERS * 4].decode(errors="backslashreplace")
    cut = "…" if len(head) > _PREVIEW_CHARACTERS else ""
    return _with_lines(text, "value", f"{one_line(head[:_PREVIEW_CHARACTERS])}{cut}")


def _who(customer_id: str | None, event_id: str) -> str:
    return f"{customer_id} / {event_id}" if customer_id else event_id


def _place(record: InputRecord) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
