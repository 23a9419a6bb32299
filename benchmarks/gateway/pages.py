"""Pages of a review queue of 100,000 items, as a reviewer asks for them."""

import asyncio
import time
from collections.abc import Sequence

import httpx

from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.store import Database
from stream_service.contracts.analysis import Category
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import InputRecord
from stream_service.contracts.review import Priority, ReviewItem, ReviewReason
from stream_service.contracts.topics import Topics
from tests.support.console import as_read, review_item

_CHUNK = 2_000

FILTERS: Sequence[dict[str, str]] = (
    {},
    {"status": "any"},
    {"status": "decided"},
    {"priority": "low"},
    {"language": "zh"},
    {"category": "question", "language": "zh"},
    # One item of a thousand: the rarest there is.
    {"reason": "prompt_injection"},
    {"reason": "prompt_injection", "status": "any"},
)

_DEPTH = 40
"""Pages that are turned with each filter."""


async def fill(database: Database, topics: Topics, items: int) -> None:
    """Store ``items`` reviews by the projection's own way."""
    for first in range(0, items, _CHUNK):
        records = await asyncio.to_thread(_records, topics, first, min(_CHUNK, items - first))
        rows, _ = rows_of(records, readers_of(topics))
        async with database.writing() as connection:
            await store(connection, rows)


async def turn_pages(client: httpx.AsyncClient) -> list[float]:
    """Milliseconds of each page, over all filters."""
    took_ms: list[float] = []
    for wanted in FILTERS:
        cursor: str | None = None
        for _ in range(_DEPTH):
            given = {**wanted, "limit": "50", **({"cursor": cursor} if cursor else {})}
            began = time.perf_counter()
            answer = await client.get("/v1/reviews", params=given)
            took_ms.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            cursor = answer.json().get("next_cursor")
            if cursor is None:
                break
    return took_ms


def _records(topics: Topics, first: int, count: int) -> list[InputRecord]:
    return as_read([verdict_record(topics, _item(first + n), None) for n in range(count)])


def _item(number: int) -> ReviewItem:
    item = review_item(
        number,
        priority=list(Priority)[number % 4],
        reasons=(
            ReviewReason.PROMPT_INJECTION if number % 1_000 == 0 else ReviewReason.ANGER,
            ReviewReason.LOW_CONFIDENCE,
        ),
    )
    analysis = item.analysis.model_copy(
        update={
            "language": "zh" if number % 3 == 0 else "en",
            "category": list(Category)[number % 4],
        }
    )
    return item.model_copy(update={"analysis": analysis})
