"""The audit log: every act, who and when, in the act's own transaction."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.access.roles import Principal
from stream_service.console.queries.paging import Page, read_cursor, write_cursor
from stream_service.console.store import audit


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act."""

    at_ms: int
    principal: str
    role: str
    action: str
    subject: str
    details: Mapping[str, Any]


async def record_act(
    connection: AsyncConnection,
    principal: Principal,
    action: str,
    subject: str,
    **details: str | int | bool | None,
) -> None:
    """Write down an act. ``details`` hold nothing that a customer wrote."""
    await connection.execute(
        insert(audit).values(
            at_ms=round(time.time() * 1000),
            principal=principal.name,
            action=action,
            subject=subject,
            details=orjson.dumps({"role": principal.role.value, **details}).decode(),
        )
    )


async def audit_page(
    connection: AsyncConnection, *, limit: int, cursor: str | None = None
) -> Page[AuditEntry]:
    """Acts, the newest first. Raises InvalidCursor."""
    query = select(audit).order_by(audit.c.number.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(audit.c.number < read_cursor(cursor, int)[0])
    rows = (await connection.execute(query)).all()
    items = [_entry(row) for row in rows[:limit]]
    return Page(items, write_cursor(rows[limit - 1].number) if len(rows) > limit else None)


def _entry(row: Any) -> AuditEntry:
    details = orjson.loads(row.details)
    return AuditEntry(
        at_ms=row.at_ms,
        principal=row.principal,
        role=details.pop("role"),
        action=row.action,
        subject=row.subject,
        details=details,
    )
