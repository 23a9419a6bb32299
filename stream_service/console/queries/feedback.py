"""What became of one event."""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.store import (
    applied,
    dead_letters,
    events,
    redrives,
    replies,
    review_documents,
    reviews,
)
from stream_service.console.store.sent_back import IS_OF_LETTER


@dataclass(frozen=True, slots=True)
class FeedbackStatus:
    """An event's status, and what there is of it."""

    event_id: str
    status: str
    """``received`` (not judged yet, as far as is known here), ``replied``, ``in_review``,
    ``ignored`` (a reviewer decided that nobody is answered), ``redriven`` (a dead letter that was
    sent back and is not judged yet) or ``dead_letter``."""
    published_ms: int | None
    event: bytes | None
    reply: bytes | None
    review: bytes | None
    dead_letter: tuple[int, int] | None
    """Partition and offset of the latest one."""
    fault: str | None


async def feedback_status(connection: AsyncConnection, event_id: str) -> FeedbackStatus | None:
    """What is known of an event; None where nothing is."""
    event = (
        await connection.execute(
            select(events.c.published_ms, events.c.document).where(events.c.event_id == event_id)
        )
    ).first()
    reply = await connection.scalar(
        select(replies.c.document).where(replies.c.event_id == event_id)
    )
    review = (
        await connection.execute(
            select(reviews.c.status, review_documents.c.document, applied.c.type)
            .join(review_documents, review_documents.c.event_id == reviews.c.event_id)
            .outerjoin(applied, applied.c.event_id == reviews.c.event_id)
            .where(reviews.c.event_id == event_id)
        )
    ).first()
    is_redriven = exists(select(redrives.c.act_id).where(IS_OF_LETTER).correlate(dead_letters))
    letter = (
        await connection.execute(
            select(
                dead_letters.c.partition,
                dead_letters.c.offset,
                dead_letters.c.fault,
                is_redriven.label("is_redriven"),
            )
            .where(dead_letters.c.event_id == event_id)
            .order_by(dead_letters.c.published_ms.desc(), dead_letters.c.offset.desc())
            .limit(1)
        )
    ).first()
    if event is None and reply is None and review is None and letter is None:
        return None
    if reply is not None:
        status = "replied"
    elif review is not None:
        status = "ignored" if review.type == "ignore" else "in_review"
    elif letter is not None:
        status = "redriven" if letter.is_redriven else "dead_letter"
    else:
        status = "received"
    return FeedbackStatus(
        event_id=event_id,
        status=status,
        published_ms=None if event is None else event.published_ms,
        event=None if event is None else event.document,
        reply=reply,
        review=None if review is None else review.document,
        dead_letter=None if letter is None else (letter.partition, letter.offset),
        fault=None if letter is None else letter.fault,
    )
