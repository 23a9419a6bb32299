"""Totals over time."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.store import minute_totals


@dataclass(frozen=True, slots=True)
class Total:
    """Records of one kind over a time."""

    minute: int
    """Minutes since 1970 of the first minute that is summed here."""
    outcome: str
    """``received``, ``replied``, ``replied_by_human``, ``review``, ``dead_letter``, ``applied`` or
    ``superseded``."""
    category: str
    """A category, or a dead letter's fault; empty where there is none."""
    count: int
    mean_latency_ms: float
    degraded: int
    cost_usd: float


async def totals(
    connection: AsyncConnection, *, from_minute: int, to_minute: int, step_minutes: int
) -> Sequence[Total]:
    """Totals of the minutes from ``from_minute`` up to and without ``to_minute``, by steps."""
    first = (minute_totals.c.minute - (minute_totals.c.minute - from_minute) % step_minutes).label(
        "first"
    )
    found = await connection.execute(
        select(
            first,
            minute_totals.c.outcome,
            minute_totals.c.category,
            func.sum(minute_totals.c.count).label("records"),
            func.sum(minute_totals.c.latency_ms).label("latency_ms"),
            func.sum(minute_totals.c.degraded).label("degraded"),
            func.sum(minute_totals.c.cost_usd).label("cost_usd"),
        )
        .where(minute_totals.c.minute >= from_minute, minute_totals.c.minute < to_minute)
        .group_by(first, minute_totals.c.outcome, minute_totals.c.category)
        .order_by(first, minute_totals.c.outcome, minute_totals.c.category)
    )
    return [
        Total(
            minute=int(row.first),
            outcome=row.outcome,
            category=row.category,
            count=int(row.records),
            mean_latency_ms=float(row.latency_ms) / int(row.records),
            degraded=int(row.degraded),
            cost_usd=float(row.cost_usd),
        )
        for row in found
    ]
