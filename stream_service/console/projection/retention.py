"""Forgetting what is old."""

import asyncio
import time

from sqlalchemy import ColumnElement, Delete, Table, and_, bindparam, delete, select

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store import (
    Database,
    applied,
    audit,
    dead_letter_texts,
    dead_letters,
    decisions,
    events,
    fates,
    idempotency_keys,
    minute_totals,
    outbox,
    redrives,
    replies,
    review_documents,
    reviews,
)
from stream_service.observe.logs import logger

_DAY_MS = 24 * 60 * 60 * 1000

IDEMPOTENCY_KEPT_MS = _DAY_MS
"""As the gateway promises."""

_AT_ONCE = 1_000
"""Rows of one transaction: others must write in between."""

_INTERVAL_S = 600.0


async def forget_old(database: Database, *, retention_days: float, now_ms: int) -> int:
    """Delete what is older than the retention; returns how many rows. Raises DatabaseUnavailable.

    The audit log is kept four times as long. What Kafka has not been told yet stays.
    """
    oldest_ms = now_ms - round(retention_days * _DAY_MS)
    old: list[tuple[Table, ColumnElement[bool]]] = [
        (table, table.c.published_ms < oldest_ms)
        for table in (
            events,
            replies,
            reviews,
            review_documents,
            decisions,
            fates,
            applied,
            dead_letters,
            dead_letter_texts,
        )
    ]
    old += [
        (minute_totals, minute_totals.c.minute < oldest_ms // 60_000),
        (outbox, outbox.c.sent_ms < oldest_ms),
        (redrives, redrives.c.redriven_ms < oldest_ms),
        (idempotency_keys, idempotency_keys.c.created_ms < now_ms - IDEMPOTENCY_KEPT_MS),
        (audit, audit.c.at_ms < now_ms - round(4 * retention_days * _DAY_MS)),
    ]
    return sum([await _delete_all(database, table, condition) for table, condition in old])


async def forget_for_ever(database: Database, *, retention_days: float) -> None:
    """Forget what is old, now and then; a database that is away is asked again later."""
    log = logger()
    while True:
        try:
            count = await forget_old(
                database, retention_days=retention_days, now_ms=round(time.time() * 1000)
            )
            if count:
                log.info("console_forgot", rows=count)
        except DatabaseUnavailable as error:
            log.warning("retention_interrupted", detail=str(error))
        await asyncio.sleep(_INTERVAL_S)


async def _delete_all(database: Database, table: Table, condition: ColumnElement[bool]) -> int:
    keys = list(table.primary_key.columns)
    deleted = 0
    while True:
        async with database.writing() as connection:
            found = (await connection.execute(select(*keys).where(condition).limit(_AT_ONCE))).all()
            if not found:
                return deleted
            matches = [
                {f"key_{number}": value for number, value in enumerate(row)} for row in found
            ]
            await connection.execute(_delete_one(table), matches)
            deleted += len(found)


def _delete_one(table: Table) -> Delete:
    return delete(table).where(
        and_(
            *(
                column == bindparam(f"key_{number}")
                for number, column in enumerate(table.primary_key.columns)
            )
        )
    )
