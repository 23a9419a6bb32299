"""What dead letters are searched by, for those that were there before it was: step by step.

A million letters take minutes. In one transaction with the migration a start that is cut off would
have done nothing, and the next one would be cut off at the same place.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stream_service.console.store.engine import DURABLE, WRITES
from stream_service.console.store.insert import insert_new
from stream_service.console.store.projected import dead_letter_texts, dead_letters
from stream_service.console.store.searched_text import searched_text

_READ_AT_ONCE = 50
"""Values of a megabyte each still fit in memory."""

_STEP_LETTERS = 500
"""Of one transaction: some tens of milliseconds, and a commit is little beside them."""

_PLACE = (dead_letters.c.partition, dead_letters.c.offset)

_WITHOUT_TEXT = (
    select(
        *_PLACE,
        dead_letters.c.published_ms,
        dead_letters.c.event_id,
        dead_letters.c.message,
        dead_letters.c.original_topic,
        dead_letters.c.original_partition,
        dead_letters.c.original_offset,
        dead_letters.c.key,
        dead_letters.c.value,
    )
    .outerjoin(
        dead_letter_texts,
        (dead_letter_texts.c.partition == dead_letters.c.partition)
        & (dead_letter_texts.c.offset == dead_letters.c.offset),
    )
    .where(dead_letter_texts.c.partition.is_(None))
    .order_by(*_PLACE)
    .limit(_READ_AT_ONCE)
)


async def fill_dead_letter_texts(engine: AsyncEngine, progressed: Callable[[], None]) -> None:
    """Write the texts that are missing; ``progressed`` hears of each step that is committed.

    The projection writes a letter together with its text, so later starts find none missing; a
    console of a version before may have left some.
    """
    last = (-1, -1)
    writing = engine.execution_options(**{WRITES: True, DURABLE: False})
    while True:
        async with engine.connect() as connection:
            texts, last = await _next_texts(connection, last)
        if not texts:
            return
        async with writing.begin() as connection:
            await insert_new(connection, dead_letter_texts, texts)
        progressed()


async def _next_texts(
    connection: AsyncConnection, last: tuple[int, int]
) -> tuple[Sequence[dict[str, object]], tuple[int, int]]:
    """The next texts that are missing behind the place ``last``, and the last one's place."""
    texts: list[dict[str, object]] = []
    while len(texts) < _STEP_LETTERS:
        behind = _WITHOUT_TEXT.where(tuple_(*_PLACE) > tuple_(*last))
        found = (await connection.execute(behind)).all()
        if not found:
            break
        texts += [_text_of(row) for row in found]
        last = found[-1].partition, found[-1].offset
    return texts, last


def _text_of(row: Row[Any, *tuple[Any, ...]]) -> dict[str, object]:
    place = f"{row.original_topic} {row.original_partition}-{row.original_offset}"
    return {
        "partition": row.partition,
        "offset": row.offset,
        "published_ms": row.published_ms,
        "text": searched_text(
            key=row.key, value=row.value, told=(row.message, place, row.event_id or "")
        ),
    }
